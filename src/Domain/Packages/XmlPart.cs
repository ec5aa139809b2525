// An element of a csdef or cscfg with the lines that errors need (D1). A small tree of our own, because what matters
// here is the place of each attribute and a bound on everything, and neither needs a document object model.
using System.Xml;

namespace Rdfe.Domain.Packages;

internal sealed class XmlPart(XmlPart? parent, string file, string name, int line)
{
    private readonly List<XmlPart> children = [];
    private Dictionary<string, (string Value, int Line)>? attributes;

    public string Name => name;

    public IReadOnlyList<XmlPart> Children => children;

    public IEnumerable<string> AttributeNames => attributes?.Keys ?? Enumerable.Empty<string>();

    public Place Place => new(file, line, Path);

    /// <summary>
    /// Below the root, names only from there: WebRole/Endpoints, but ServiceDefinition for the root itself.
    /// </summary>
    private string Path => parent?.IsBelowRoot == true
        ? $"{parent.Path}/{PackageFindings.Printable(name)}"
        : PackageFindings.Printable(name);

    private bool IsBelowRoot => parent is not null;

    public Place At(string attribute)
    {
        var at = Place.At(PackageFindings.Printable(attribute));
        return attributes is not null && attributes.TryGetValue(attribute, out var found)
            ? at with { Line = found.Line }
            : at;
    }

    public string? this[string attribute] =>
        attributes is not null && attributes.TryGetValue(attribute, out var found) ? found.Value : null;

    public XmlPart? Child(string child) => children.Find(c => c.Name == child);

    /// <summary>The children of that name, or of that name in each child called <paramref name="within"/>.</summary>
    public IEnumerable<XmlPart> All(string child, string? within = null) => within is null
        ? children.Where(c => c.Name == child)
        : children.Where(c => c.Name == within).SelectMany(c => c.All(child));

    /// <summary>Reads a document, or says in <paramref name="findings"/> why it is not one.</summary>
    public static XmlPart? Read(TextReader xml, ServiceSchema schema, PackageLimits limits, PackageFindings findings)
    {
        if (ReadText(xml, limits.MaxXmlChars) is not { } text)
        {
            findings.Add(new Place(schema.File, 0, ""), $"The file is longer than {limits.MaxXmlChars} characters.");
            return null;
        }

        // Entities and external references all come in through a document type: none is read, nothing is resolved.
        using var bounded = new StringReader(text);
        using var reader = XmlReader.Create(bounded, new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
        });
        var open = new Stack<XmlPart>();
        try
        {
            return Read(reader, schema, limits, findings, open);
        }
        catch (XmlException wrong)
        {
            // What the reader forbids, rather than fails to read, is the document type; it is given no line.
            var type = wrong.LineNumber == 0 ? text.IndexOf("<!DOCTYPE", StringComparison.Ordinal) : -1;
            var at = type < 0 ? wrong.LineNumber : text.AsSpan(0, type).Count('\n') + 1;
            var where = open.TryPeek(out var inside) ? inside.Place.Element : "";
            findings.Add(new Place(schema.File, at, where), type < 0
                ? $"The XML is not well formed: {PackageFindings.Printable(wrong.Message)}"
                : "A document type is not allowed: entities and external references are refused.");
        }

        return null;
    }

    /// <summary>The text up to a limit; null when it is longer. What is longer is never parsed.</summary>
    private static string? ReadText(TextReader xml, int most)
    {
        var text = new System.Text.StringBuilder();
        var buffer = new char[4096];
        int read;
        while ((read = xml.Read(buffer, 0, buffer.Length)) > 0)
        {
            text.Append(buffer, 0, read);
            if (text.Length > most)
            {
                return null;
            }
        }

        return text.ToString();
    }

    private static XmlPart? Read(
        XmlReader reader, ServiceSchema schema, PackageLimits limits, PackageFindings findings, Stack<XmlPart> open)
    {
        XmlPart? root = null;
        var count = 0;
        var lines = (IXmlLineInfo)reader;
        while (reader.Read())
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    open.TryPeek(out var parent);
                    var part = new XmlPart(parent, schema.File, reader.LocalName, lines.LineNumber);
                    if (reader.Depth >= limits.MaxXmlDepth || ++count > limits.MaxXmlElements)
                    {
                        findings.Add(new Place(schema.File, lines.LineNumber, ""),
                            $"More than {limits.MaxXmlElements} elements, or deeper than {limits.MaxXmlDepth}.");
                        return null;
                    }

                    if (reader.NamespaceURI != schema.Namespace)
                    {
                        findings.Add(part.Place, $"The element is not in the namespace {schema.Namespace}.");
                        if (parent is null)
                        {
                            return null;
                        }
                    }

                    root ??= part;
                    parent?.children.Add(part);
                    var empty = reader.IsEmptyElement;
                    part.ReadAttributes(reader, lines, findings);
                    if (!empty)
                    {
                        open.Push(part);
                    }

                    break;
                case XmlNodeType.EndElement:
                    open.Pop();
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA:
                    var text = reader.Value.TrimStart();
                    var blank = reader.Value.AsSpan(0, reader.Value.Length - text.Length).Count('\n');
                    findings.Add(new Place(schema.File, lines.LineNumber + blank, open.Peek().Place.Element),
                        $"Text is not expected here: {PackageFindings.Shown(text.TrimEnd())}.");
                    break;
            }
        }

        return root;
    }

    private void ReadAttributes(XmlReader reader, IXmlLineInfo lines, PackageFindings findings)
    {
        while (reader.MoveToNextAttribute())
        {
            switch (reader.NamespaceURI)
            {
                case "http://www.w3.org/2000/xmlns/" or "http://www.w3.org/2001/XMLSchema-instance":
                    break; // Declarations and hints for editors; Visual Studio writes them into every file.
                case "":
                    (attributes ??= new(StringComparer.Ordinal))[reader.LocalName] = (reader.Value, lines.LineNumber);
                    break;
                default:
                    findings.Add(Place.At(PackageFindings.Printable(reader.Name)) with { Line = lines.LineNumber },
                        "The attribute is of a namespace that the schema does not have.");
                    break;
            }
        }

        reader.MoveToElement();
    }
}
