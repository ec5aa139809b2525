using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rdfe.Infrastructure.Packages;

namespace Rdfe.Api.Tests;

[Trait("spec", "D1")]
public sealed class PackageTests(RdfeApp app)
{
    [Fact]
    public async Task A_package_is_described_and_the_same_content_again_changes_nothing()
    {
        var tenant = await app.TenantAsync();
        var made = await tenant.Upload("Shop", Samples.Package("shop")).Expect(201);
        Assert.Equal(["Web", "Orders"], made["roles"]!.AsArray().Select(r => (string?)r!["name"]));
        Assert.Equal(("worker", "Medium"), ((string?)made["roles"]![1]!["kind"], (string?)made["roles"]![1]!["vmSize"]));
        Assert.Equal("80", (string?)made["roles"]![0]!["endpoints"]![0]!["publicPorts"]);
        Assert.True((long)made["roles"]![0]!["contentBytes"]! > 0);
        Assert.Equal(64, ((string)made["sha256"]!).Length);
        Assert.Equal(3, (int?)made["upgradeDomainCount"]);

        var again = await tenant.Upload("shop", Samples.Package("shop")).Expect(200);
        Assert.Equal(made.ToJsonString(), again.ToJsonString());
        Assert.Equal(made.ToJsonString(), (await tenant.Get("/packages/shop").Expect(200)).ToJsonString());
        await tenant.Upload("hello", Samples.Package("hello-web")).Expect(201);
        var page = await tenant.Get("/packages?top=1").Expect(200);
        Assert.Equal("hello", (string?)page["value"]![0]!["name"]);
        Assert.NotNull(page["nextLink"]);
    }

    [Fact]
    public async Task Other_content_under_the_name_replaces_it_and_what_nothing_refers_to_is_removed()
    {
        var tenant = await app.TenantAsync();
        var store = app.Services.GetRequiredService<PackageStore>();
        var one = Samples.Package("hello-web", ("Web/one.txt", tenant.Id.ToString()));
        var first = (string)(await tenant.Upload("a", one).Expect(201))["sha256"]!;
        await tenant.Upload("b", one).Expect(201);
        Assert.True(store.Exists(first));

        var second = (string)(await tenant.Upload("a", Samples.Package("hello-web", ("Web/two.txt", tenant.Id.ToString()))).Expect(200))["sha256"]!;
        Assert.NotEqual(first, second);
        Assert.True(store.Exists(first));
        await tenant.Delete("/packages/b").Expect(204);
        Assert.False(store.Exists(first));
        Assert.True(store.Exists(second));
        await tenant.Delete("/packages/a").Expect(204);
        await tenant.Delete("/packages/a").Expect(204);
        Assert.False(store.Exists(second));
        await tenant.Get("/packages/a").ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task Uploads_and_deletions_of_one_content_at_once_never_leave_a_name_without_content()
    {
        var tenant = await app.TenantAsync();
        var store = app.Services.GetRequiredService<PackageStore>();
        var content = Samples.Package("hello-web", ("Web/race.txt", tenant.Id.ToString()));
        for (var round = 0; round < 15; round++)
        {
            await tenant.Upload("left", content).Expect(201);
            var racing = new[] { tenant.Delete("/packages/left"), tenant.Upload("right", content), tenant.Delete("/packages/left") };
            foreach (var answer in await Task.WhenAll(racing))
            {
                Assert.True(answer.IsSuccessStatusCode);
            }

            Assert.True(store.Exists((string)(await tenant.Get("/packages/right").Expect(200))["sha256"]!));
            await tenant.Delete("/packages/right").Expect(204);
        }
    }

    [Fact]
    public async Task Hostile_and_broken_packages_are_refused_and_leave_nothing()
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync();
        var good = Samples.Package("hello-web");
        byte[][] bad =
        [
            [], "not a zip"u8.ToArray(), good[..(good.Length / 2)],
            Samples.Package("hello-web", ("../evil.txt", "x")),
            Samples.Package("hello-web", ("Web/con/../../../etc/passwd", "x")),
            Samples.Package("hello-web", ("Web/bomb.bin", new string('0', 8 << 20))),
            Samples.Zip(("Web/index.html", "x")),
            Samples.Zip(("ServiceDefinition.csdef", "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>"), ("Web/a", "x")),
            Samples.Zip(("ServiceDefinition.csdef", File.ReadAllText(Path.Combine(
                Testing.Repository.Root, "samples/hello-web/ServiceDefinition.csdef")))),
        ];
        foreach (var content in bad)
        {
            var problem = await tenant.Upload("bad", content).ExpectProblem(400, "invalidPackage");
            Assert.NotEmpty(problem["errors"]!.AsObject());
        }

        await tenant.Get("/packages/bad").ExpectProblem(404, "notFound");
        Assert.Empty(own.Services.GetRequiredService<PackageStore>().All());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(own.Folder, "packages", "incoming")));
    }

    [Fact]
    public async Task Media_type_name_size_and_preconditions_are_checked()
    {
        using var own = RdfeApp.With(("Rdfe:Packages:MaxPackageBytes", "4096"));
        var tenant = await own.TenantAsync();
        await tenant.Upload("a", Samples.Package("hello-web"), "application/json").ExpectProblem(415, "unsupportedMediaType");
        await tenant.Http.PutAsync(tenant.Path("/packages/a"), null).ExpectProblem(415, "unsupportedMediaType");
        await tenant.Upload("-a", Samples.Package("hello-web")).ExpectProblem(400, "invalidRequest");
        await tenant.Upload("a", new byte[5000]).ExpectProblem(413, "packageTooLarge");
        var chunked = new StreamContent(new Zeros(5000));
        chunked.Headers.ContentType = new("application/zip");
        await tenant.Http.PutAsync(tenant.Path("/packages/a"), chunked).ExpectProblem(413, "packageTooLarge");
        var reader = await tenant.As("reader");
        await reader.Upload("a", Samples.Package("hello-web")).ExpectProblem(403, "forbidden");

        var put = new HttpRequestMessage(HttpMethod.Put, tenant.Path("/packages/a")) { Content = Samples.Body(Samples.Package("hello-web")) };
        put.Headers.IfMatch.Add(new("\"other\""));
        await tenant.Http.SendAsync(put).ExpectProblem(412, "preconditionFailed");
        Assert.Empty(own.Services.GetRequiredService<PackageStore>().All());
    }

    [Fact]
    public async Task An_idempotency_key_is_held_to_the_content()
    {
        var tenant = await app.TenantAsync();
        async Task<HttpResponseMessage> Put(byte[] content)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, tenant.Path("/packages/keyed")) { Content = Samples.Body(content) };
            request.Headers.Add("Idempotency-Key", "k-" + tenant.Id);
            return await tenant.Http.SendAsync(request);
        }

        await Put(Samples.Package("hello-web")).Expect(201);
        using var replay = await Put(Samples.Package("hello-web"));
        Assert.Equal((HttpStatusCode.Created, "true"), (replay.StatusCode, replay.Headers.GetValues("Idempotent-Replayed").Single()));
        await Put(Samples.Package("shop")).ExpectProblem(422, "idempotencyKeyReused");
    }

    [Fact]
    public async Task A_package_in_use_stays_and_what_runs_keeps_the_content_it_was_made_of()
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync();
        var slot = await tenant.Run("hello-web", "keeper");
        var made = (string?)(await tenant.Get(slot).Expect(200))["packageSha256"];
        await tenant.Delete("/packages/hello-web").ExpectProblem(409, "packageInUse");
        await tenant.Upload("hello-web", Samples.Package("hello-web", ("Web/new.txt", "new"))).Expect(200);
        var store = own.Services.GetRequiredService<PackageStore>();
        Assert.Equal(made, (string?)(await tenant.Get(slot).Expect(200))["packageSha256"]);
        Assert.True(store.Exists(made!));
        await tenant.Delete("").ExpectProblem(409, "subscriptionNotEmpty");

        await tenant.Delete(slot).Expect(202);
        await own.Advance(20);
        await tenant.Get(slot).ExpectProblem(404, "notFound");
        Assert.Equal(1, await own.Services.GetRequiredService<PackageGarbage>().SweepAsync());
        Assert.False(store.Exists(made!));
        await tenant.Delete("/packages/hello-web").Expect(204);
        Assert.Empty(store.All());
    }

    internal sealed class Zeros(long count) : Stream
    {
        private long given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => given; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Take(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Take(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private int Take(Span<byte> buffer)
        {
            var now = (int)Math.Min(buffer.Length, count - given);
            buffer[..now].Clear();
            given += now;
            return now;
        }
    }
}

// Allocations are counted for the whole process, so nothing else runs meanwhile.
[CollectionDefinition(nameof(PackageUploadTests), DisableParallelization = true)]
[Collection(nameof(PackageUploadTests))]
public sealed class PackageUploadTests
{
    [Fact, Trait("spec", "D1")]
    public async Task A_large_upload_takes_little_memory()
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync();
        await tenant.Upload("warm", Samples.Package("hello-web")).Expect(201);
        var peak = GC.GetTotalMemory(forceFullCollection: true);
        var (before, most) = (peak, 0L);
        using var watch = new Timer(_ => most = Math.Max(most, GC.GetTotalMemory(false)), null, 0, 5);

        var body = new StreamContent(new PackageTests.Zeros(200_000_000));
        body.Headers.ContentType = new("application/zip");
        var problem = await tenant.Http.PutAsync(tenant.Path("/packages/large"), body).ExpectProblem(400, "invalidPackage");

        Assert.Contains("package.zip", problem["errors"]!.AsObject().Select(e => e.Key));
        Assert.True(most - before < 60_000_000, $"{(most - before) >> 20} MiB were held for a body of 190 MiB.");
    }
}
