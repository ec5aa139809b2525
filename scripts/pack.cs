// Makes a service package of a folder, for machines that have the .NET SDK and nothing else:
// dotnet run scripts/pack.cs -- <folder> <out.zip>. scripts/pack.sh says what goes in, and calls it.
#:property PublishAot=false
using System.IO.Compression;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: dotnet run scripts/pack.cs -- <folder> <out.zip>");
    return 1;
}

var folder = Path.GetFullPath(args[0]);
var names = Directory.EnumerateFiles(folder, "*", new EnumerationOptions
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    })
    .Select(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'))
    .Where(name => !name.Split('/').Any(part => part.StartsWith('.'))
        && !name.EndsWith(".cscfg", StringComparison.OrdinalIgnoreCase))
    .Order(StringComparer.Ordinal);
using var package = new ZipArchive(File.Create(args[1]), ZipArchiveMode.Create);
foreach (var name in names)
{
    var entry = package.CreateEntry(name, CompressionLevel.Optimal);
    entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
    entry.ExternalAttributes = 0x81A4 << 16; // A plain file, mode 644.
    using var source = File.OpenRead(Path.Combine(folder, name));
    using var target = entry.Open();
    source.CopyTo(target);
}

return 0;
