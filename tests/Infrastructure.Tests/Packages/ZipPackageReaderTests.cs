using System.Buffers.Binary;
using System.Text;
using Rdfe.Domain;
using static Rdfe.Infrastructure.Tests.Packages.Zip;

namespace Rdfe.Infrastructure.Tests.Packages;

public class ZipPackageReaderTests
{
    [Fact, Trait("spec", "D1")]
    public void A_valid_package_is_described()
    {
        var package = Read(Package(("Web/", ""), ("Web/a/b.txt", "1234567890"))).Value;

        Assert.Equal("shop", package.Definition.Name);
        Assert.Equal(Csdef, package.DefinitionXml);
        Assert.Equal(24, package.RoleBytes["Web"]);
        Assert.Empty(package.Advice);
    }

    [Fact, Trait("spec", "D1")]
    public void A_definition_may_be_utf8_or_utf16_with_or_without_a_mark()
    {
        foreach (var encoding in new Encoding[]
        {
            new UTF8Encoding(true), new UnicodeEncoding(false, true), new UnicodeEncoding(true, true),
            new UnicodeEncoding(false, false), new UnicodeEncoding(true, false),
        })
        {
            var csdef = encoding.GetPreamble()
                .Concat(encoding.GetBytes(Csdef.Replace("\"Web\"", "\"Сеть\"", StringComparison.Ordinal)));
            var package = Read(Archive(("ServiceDefinition.csdef", csdef.ToArray()), ("Сеть/мир.txt", [1])));
            Assert.Equal("Сеть", Assert.Single(package.Value.Definition.Roles).Name);
        }
    }

    [Fact, Trait("spec", "D1")]
    public void A_definition_in_another_encoding_is_refused() => Refuses(
        Archive(("ServiceDefinition.csdef",
            Encoding.Latin1.GetBytes(Csdef.Replace("shop", "café", StringComparison.Ordinal)))),
        "ServiceDefinition.csdef", "neither UTF-8 nor UTF-16");

    [Fact, Trait("spec", "D1")]
    public void Errors_in_the_definition_keep_their_lines() => Refuses(
        Archive(("ServiceDefinition.csdef", Csdef.Replace("<Setting", "<Sitting", StringComparison.Ordinal)),
            ("Web/x", "")),
        "ServiceDefinition.csdef:5 WebRole/ConfigurationSettings/Sitting", "no element");

    [Fact, Trait("spec", "D1")]
    public void A_package_has_one_definition_at_its_root()
    {
        Refuses(Archive(("Web/ServiceDefinition.csdef", Csdef)), "package.zip",
            "no ServiceDefinition.csdef at the root");
        Refuses(Package(("Other.csdef", Csdef)), "package.zip/Other.csdef", "only definition");
        Refuses(Archive(("Web/a", "")), "package.zip", "no ServiceDefinition.csdef");
    }

    [Fact, Trait("spec", "D1")]
    public void A_role_without_content_is_refused()
    {
        Refuses(Archive(("ServiceDefinition.csdef", Csdef)), "ServiceDefinition.csdef:3 WebRole",
            "no content for the role");
        Refuses(Archive(("ServiceDefinition.csdef", Csdef), ("web/a", "")),
            "ServiceDefinition.csdef:3 WebRole", "Case matters: there is 'web/'");
    }

    [Fact, Trait("spec", "D6")]
    public void What_nobody_reads_is_said() => Assert.Equal(
        ["package.zip/ServiceConfiguration.cscfg", "package.zip/docs"],
        Read(Package(("ServiceConfiguration.cscfg", ""), ("docs/a", ""), ("docs/b", "")))
            .Value.Advice.Select(a => a.Where));

    [Theory, Trait("spec", "D1")]
    [InlineData("../evil", "leaves its folder")]
    [InlineData("Web/../../evil", "leaves its folder")]
    [InlineData("Web/./evil", "leaves its folder")]
    [InlineData("/etc/passwd", "absolute")]
    [InlineData("C:/Windows/x", "colon")]
    [InlineData("Web/a.txt:stream", "colon")]
    [InlineData("Web\\evil", "backslash")]
    [InlineData("..\\evil", "backslash")]
    [InlineData("Web//evil", "empty")]
    [InlineData("Web/evil.", "ends with a dot")]
    [InlineData("Web/evil /x", "blank")]
    [InlineData("Web/ev\u0001il", "control character")]
    public void A_name_that_could_leave_its_folder_is_refused(string name, string words) => Refuses(
        Package((name, "x")), "package.zip/" + name.Replace("\u0001", "\\u{1}", StringComparison.Ordinal), words);

    [Fact, Trait("spec", "D1")]
    public void A_name_with_a_nul_is_refused() => Refuses(
        Package(("Web/a#b", "x")).Rename("Web/a#b", "Web/a\0b"), "package.zip/Web/a\\u{0}b", "control character");

    [Fact, Trait("spec", "D1")]
    public void A_name_that_is_not_utf8_is_refused()
    {
        var zip = Package(("Web/a#b", "x"));
        for (int at; (at = zip.AsSpan().IndexOf("a#b"u8)) >= 0;)
        {
            zip[at + 1] = 0xFF;
        }

        Refuses(zip, "package.zip", "name of entry 3 is not UTF-8");
    }

    [Fact, Trait("spec", "D1")]
    public void Two_entries_of_one_name_are_refused()
    {
        Refuses(Package(("Web/INDEX.html", "")), "package.zip/Web/INDEX.html", "differs from another by case only");
        Refuses(Package(("Web/index.html", "")), "package.zip/Web/index.html", "there already");
        Refuses(Package(("Web/index.html/x", "")), "package.zip/Web/index.html", "a file's and a folder's");
        Refuses(Package(("Web/index.html!", ""), ("WEB/INDEX.html/x/y", "")), "package.zip/Web/index.html",
            "a file's and a folder's");
    }

    [Fact, Trait("spec", "D1")]
    public void Links_and_devices_are_refused()
    {
        foreach (uint mode in new[] { 0xA1FFu, 0x61FFu, 0x11FFu })
        {
            var attributes = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(attributes, mode << 16);
            Refuses(Package(("Web/link", "/etc/passwd")).Patch("Web/link", 38, attributes).Patch("Web/link", 5, [3]),
                "package.zip/Web/link", "Links and devices");
        }
    }

    [Fact, Trait("spec", "D1")]
    public void Encrypted_entries_and_other_methods_are_refused()
    {
        Refuses(Package(("Web/x", "x")).Patch("Web/x", 8, [1, 0], 6), "package.zip/Web/x", "Encrypted");
        Refuses(Package(("Web/x", "x")).Patch("Web/x", 10, [14, 0], 8), "package.zip/Web/x", "method 14");
    }

    [Fact, Trait("spec", "D1")]
    public void A_header_that_contradicts_the_directory_is_refused()
    {
        Refuses(Package(("Web/x", "x")).Patch("Web/x", 16, [1, 2, 3, 4]), "package.zip/Web/x", "contradicts");
        var zip = Package(("Web/aaa", "x"));
        "Web/bbb"u8.CopyTo(zip.AsSpan(zip.AsSpan().LastIndexOf("Web/aaa"u8)));
        Refuses(zip, "package.zip/Web/bbb", "contradicts");
    }

    [Fact, Trait("spec", "D1")]
    public void Every_error_of_names_is_reported_at_once()
    {
        var refusal = Read(Package(("../a", ""), ("/b", ""), ("Web/c\\d", ""))).Refusal!;

        Assert.Equal(["package.zip/../a", "package.zip//b", "package.zip/Web/c\\d"], refusal.Errors.Keys);
    }

    [Fact, Trait("spec", "D1")]
    public void Any_truncation_is_refused()
    {
        var zip = Package(("Web/x", new string('x', 1000)));
        for (var length = 0; length < zip.Length; length++)
        {
            Assert.Equal(RefusalKind.Invalid, Read(zip[..length]).Refusal?.Kind);
        }
    }

    [Fact, Trait("spec", "D1")]
    public void No_mutant_of_a_valid_package_breaks_the_reader()
    {
        var valid = Package(("Web/a/b", new string('b', 300)), ("Web/c", "c"));
        for (var seed = 0UL; seed < 2_000; seed++)
        {
            var mutant = (byte[])valid.Clone();
            for (var i = 0; i <= (int)(seed % 3); i++)
            {
                var at = (int)(Draw.Unit(seed, "zip", "at", i) * mutant.Length);
                mutant[at] = (byte)(Draw.Unit(seed, "zip", "to", i) * 256);
            }

            _ = Read(mutant);
        }
    }
}
