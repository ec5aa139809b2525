// The page at /: what this is and where to go. Nothing in it comes from elsewhere, and its commands work as they stand:
// they name the server that was asked, and a region that it has.
using System.Text.Encodings.Web;
using Rdfe.Api.Http;
using Rdfe.Infrastructure;

namespace Rdfe.Api.Features.Health;

public static class Home
{
    private static readonly string Page = Read();

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapMethods("/", Door.ReadMethods, (Call call, IFabricDirectory fabric) => Results.Text(
            Page.Replace("{url}", Encoded(call.Absolute("").TrimEnd('/')), StringComparison.Ordinal)
                .Replace("{region}", Encoded(fabric.Regions.First().Value), StringComparison.Ordinal),
            "text/html", System.Text.Encoding.UTF8))
        .Needs(Access.Anonymous)
        .ExcludeFromDescription();

    private static string Encoded(string text) => HtmlEncoder.Default.Encode(text);

    private static string Read()
    {
        using var page = new StreamReader(typeof(Home).Assembly.GetManifestResourceStream("Home.html")!);
        return page.ReadToEnd();
    }
}
