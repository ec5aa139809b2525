using System.Text;
using Rdfe.Domain;
using Rdfe.Infrastructure.Packages;
using static Rdfe.Infrastructure.Tests.Packages.Zip;

namespace Rdfe.Infrastructure.Tests.Packages;

// Allocations are counted for the whole process, so nothing else runs meanwhile.
[CollectionDefinition(nameof(PackageMemoryTests), DisableParallelization = true)]
[Collection(nameof(PackageMemoryTests))]
public sealed class PackageMemoryTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("rdfe-packages-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact, Trait("spec", "D1")]
    public async Task A_large_upload_takes_little_memory()
    {
        var store = new PackageStore(folder, Limits);
        await Put(Package());
        var before = GC.GetTotalAllocatedBytes(precise: true);

        // 200 MB of zeros are no archive: they are received whole, looked at, and refused.
        var refusal = (await store.PutAsync(new Zeros(200_000_000), null, default)).Refusal;

        Assert.Equal("invalidPackage", refusal?.Code);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.True(allocated < 20_000_000, $"{allocated} bytes were allocated.");
    }

    [Fact, Trait("spec", "D1")]
    public async Task A_large_package_takes_little_memory()
    {
        var content = new byte[64 << 20];
        var zip = Stored(("ServiceDefinition.csdef", Encoding.UTF8.GetBytes(Csdef)), ("Web/large", content));
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var stored = (await Put(zip)).Value;

        Assert.Equal(content.Length, stored.RoleContentBytes["Web"]);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.True(allocated < 10_000_000, $"{allocated} bytes were allocated.");
    }

    private async Task<Outcome<StoredPackage>> Put(byte[] zip)
    {
        using var body = new MemoryStream(zip);
        return await new PackageStore(folder, Limits).PutAsync(body, zip.Length, default);
    }
}
