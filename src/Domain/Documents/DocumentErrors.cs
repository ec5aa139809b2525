// Every error of a document at once, each with its JSON path (API.md, Conventions): nobody fixes a document one refusal
// at a time.
namespace Rdfe.Domain.Documents;

/// <summary>
/// The errors found so far in one document. Readers go on after an error wherever the rest still makes sense.
/// </summary>
public sealed class DocumentErrors
{
    // A hostile document could otherwise make the answer many times larger than itself.
    private const int Most = 1_000;

    private readonly List<(string Path, string Message)> found = [];
    private int unlisted;

    /// <summary>How many errors there are, listed or not.</summary>
    public int Count => found.Count + unlisted;

    /// <summary>Adds an error: what is wrong at that JSON path, as a sentence.</summary>
    public void Add(string path, string message)
    {
        if (found.Count < Most)
        {
            found.Add((path, message));
        }
        else
        {
            unlisted++;
        }
    }

    /// <summary>The refusal with all errors, under the given code.</summary>
    /// <param name="code">The stable code, such as <c>invalidTopology</c>.</param>
    /// <param name="document">What the document is called in the sentence, such as <c>topology</c>.</param>
    public Refusal Refuse(string code, string document) => Refusals.Invalid(
        code,
        $"The {document} has {Count} error{(Count == 1 ? "" : "s")}"
            + (unlisted == 0 ? "." : $"; the first {Most} are listed."),
        found);
}
