using System.Diagnostics;
using System.Security.Cryptography;
using Rdfe.Domain;
using Rdfe.Domain.Packages;
using Rdfe.Infrastructure.Packages;
using static Rdfe.Infrastructure.Tests.Packages.Zip;

namespace Rdfe.Infrastructure.Tests.Packages;

public sealed class PackageStoreTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("rdfe-packages-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact, Trait("spec", "D1")]
    public async Task A_package_is_stored_under_its_hash_and_read_again()
    {
        var zip = Package();
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(zip));

        var stored = (await Put(Store(), zip)).Value;

        Assert.Equal((sha256, zip.Length, "shop"), (stored.Sha256, stored.SizeBytes, stored.ServiceDefinition.Name));
        Assert.Equal([Path.Combine(folder, sha256[..2], sha256 + ".zip")], Files());
        var again = Store();
        Assert.Equal(Csdef, again.OpenDefinition(sha256).Value);
        Assert.Equal(14, again.Read(sha256).Value.RoleContentBytes["Web"]);
        Assert.Equal([sha256], again.All());
        using var content = again.OpenContent(sha256)!;
        Assert.Equal(zip.Length, content.Length);
    }

    [Fact, Trait("spec", "D1")]
    public async Task Eight_callers_with_the_same_content_make_one_file()
    {
        var (store, zip) = (Store(), Package());

        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Put(store, zip))));

        Assert.Single(all.Select(p => p.Value.Sha256).Distinct());
        Assert.Single(Files());
    }

    [Fact, Trait("spec", "D1")]
    public async Task A_refused_package_leaves_nothing()
    {
        var refusal = (await Put(Store(), Package(("../x", "")))).Refusal;

        Assert.Equal("invalidPackage", refusal?.Code);
        Assert.Empty(Files());
    }

    [Theory, Trait("spec", "D1")]
    [InlineData(true), InlineData(false)]
    public async Task A_package_over_the_limit_is_refused_whether_or_not_its_length_was_announced(bool announced)
    {
        var body = new Zeros(5_000);
        var limits = Limits with { MaxPackageBytes = 1_000 };

        var refusal = (await new PackageStore(folder, limits).PutAsync(body, announced ? 5_000 : null, default))
            .Refusal!;

        Assert.Equal((RefusalKind.TooLarge, "packageTooLarge"), (refusal.Kind, refusal.Code));
        Assert.Empty(Files());
        Assert.Equal(announced ? 0 : 5_000, body.Given);
    }

    [Fact, Trait("spec", "D1")]
    public async Task A_body_shorter_than_announced_is_refused()
    {
        var zip = Package();
        using var body = new MemoryStream(zip);

        var refusal = (await Store().PutAsync(body, zip.Length + 1, default)).Refusal!;

        Assert.Contains("were announced", Assert.Single(refusal.Errors["package.zip"]), StringComparison.Ordinal);
    }

    [Fact, Trait("spec", "D1")]
    public async Task What_a_crash_left_is_removed_at_start_and_what_is_being_written_is_not()
    {
        Directory.CreateDirectory(Path.Combine(folder, "incoming"));
        var left = Path.Combine(folder, "incoming", $"{Environment.ProcessId}-0.part");
        await File.WriteAllTextAsync(left, "half of a package");
        using var slow = new Gate(Package());
        var upload = Store().PutAsync(slow, null, default);
        await slow.Reached;

        Assert.False(File.Exists(left));
        _ = Store();
        slow.Open();

        Assert.False((await upload).Refused);
        Assert.Single(Files());
    }

    [Fact, Trait("spec", "D1")]
    public async Task A_caller_that_hangs_up_leaves_nothing()
    {
        using var slow = new Gate(Package());
        using var stop = new CancellationTokenSource();
        var upload = Store().PutAsync(slow, null, stop.Token);
        await slow.Reached;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload);
        Assert.Empty(Files());
    }

    [Fact, Trait("spec", "D1"), Trait("spec", "L3")]
    public async Task A_full_disk_is_said_and_leaves_nothing()
    {
        var store = new PackageStore(folder, Limits, at => throw new IOException($"No space left at {at}.",
            OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28));

        var refusal = (await Put(store, Package())).Refusal!;

        Assert.Equal((RefusalKind.Unavailable, "storageFull"), (refusal.Kind, refusal.Code));
        Assert.Empty(Files());
    }

    [Theory, Trait("spec", "D1")]
    [InlineData("../../etc/passwd"), InlineData(""), InlineData("AB"), InlineData("zz")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public void A_hash_that_is_none_or_unknown_is_not_found(string sha256)
    {
        Assert.Equal(RefusalKind.NotFound, Store().OpenDefinition(sha256).Refusal?.Kind);
        Assert.Null(Store().OpenContent(sha256));
        Assert.False(Store().Delete(sha256));
    }

    [Fact, Trait("spec", "D1")]
    public async Task A_deleted_package_is_gone_and_can_come_back()
    {
        var store = Store();
        var sha256 = (await Put(store, Package())).Value.Sha256;

        Assert.True(store.Delete(sha256));
        Assert.False(store.Exists(sha256));
        Assert.False((await Put(store, Package())).Refused);
        Assert.True(store.Exists(sha256));
    }

    [Theory, Trait("spec", "D1")]
    [InlineData("hello-web"), InlineData("shop")]
    public async Task The_samples_pack_and_validate_and_pack_alike_again(string sample)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pack.sh is for shells; pack.ps1 is its twin.");
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Rdfe.sln")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        var source = Path.Combine(root, "samples", sample);
        var first = (await Put(Store(), await Pack(root, source, "1.zip"))).Value;
        var second = (await Put(Store(), await Pack(root, source, "2.zip"))).Value;
        var configuration = ServiceConfigurationXml.Read(
            await File.ReadAllTextAsync(Path.Combine(source, "ServiceConfiguration.cscfg")), Limits).Value;
        var model = ServiceModel.Bind(first.ServiceDefinition, configuration,
            name => new VmSize(name, "A", new Resources(100, 1792, 225, 100)), Limits);

        Assert.Equal(first.Sha256, second.Sha256);
        Assert.Empty(model.Value.Advice);
        Assert.Empty(first.Advice);
    }

    private async Task<byte[]> Pack(string root, string source, string name)
    {
        var target = Path.Combine(folder, name);
        using var pack = Process.Start("sh", [Path.Combine(root, "scripts", "pack.sh"), source, target]);
        await pack.WaitForExitAsync();
        Assert.Equal(0, pack.ExitCode);
        return await File.ReadAllBytesAsync(target);
    }

    private PackageStore Store() => new(folder, Limits);

    private static async Task<Outcome<StoredPackage>> Put(PackageStore store, byte[] zip)
    {
        using var body = new MemoryStream(zip);
        return await store.PutAsync(body, zip.Length, default);
    }

    private string[] Files() => Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
}
