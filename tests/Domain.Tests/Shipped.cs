// The documents that the program ships with, found from wherever the tests run.
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Images;
using Rdfe.Domain.Sizes;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Tests;

internal static class Shipped
{
    public static string Text(string name) => File.ReadAllText(Path.Combine(Folder(), name));

    public static FabricTopology Topology(string name) => TopologyDocument.Read(Text(name)).Value;

    public static SizeCatalogue Sizes() => SizeCatalogue.Read(Text("sizes.json")).Value;

    public static ImageRepository Images() => ImageRepository.Read(Text("images.json")).Value;

    public static BundleShelf Bundles() => BundleShelf.Read(Text("bundles.json")).Value;

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Rdfe.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder!.FullName, "topologies");
    }
}
