// W3: who sees what. Machines of one availability set, and instances of one deployment, see one document; whoever is alone has one
// of its own. A number says whether it has changed.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Deployments;

namespace Rdfe.Domain.Notices;

/// <summary>A guest that reads.</summary>
/// <param name="Instance">Which.</param>
/// <param name="At">When it last did; told now and then, not each time.</param>
public sealed record NoticeReader(InstanceId Instance, Instant At);

/// <summary>The document that guests who belong together see.</summary>
public sealed record NoticeBoard
{
    /// <summary>Key of the availability set, the deployment or the lone machine.</summary>
    public required string Scope { get; init; }

    /// <summary>The owner.</summary>
    public required SubscriptionId Subscription { get; init; }

    /// <summary>Grows with every change of what guests see; the same number, the same content.</summary>
    public int Incarnation { get; init; } = 1;

    /// <summary>What is announced or being done, in the order of publishing.</summary>
    public ImmutableArray<Notice> Live { get; init; } = [];

    /// <summary>Guests that read.</summary>
    public ImmutableArray<NoticeReader> Readers { get; init; } = [];

    /// <summary>Whose board an instance reads.</summary>
    public static string ScopeOf(FabricInstance i) =>
        i is { Kind: InstanceKind.VirtualMachine, Group: { } set } ? set.Value : i.Owner;

    /// <summary>True for a guest that has read lately: its owner's restarts wait for it as well.</summary>
    public bool IsRead(InstanceId by, Instant now, Duration within) => Readers.Any(r => r.Instance == by && now < r.At + within);

    /// <summary>When it is next to be looked at; null for never.</summary>
    public Instant? NextDeadline(Instant now, Duration longestStarted)
    {
        Instant? next = null;
        foreach (var n in Live)
        {
            Instant? at = n.Status == NoticeStatus.Scheduled ? n.NotBefore
                : n.Cause.Act is not null || n.Cause.Install ? n.StartedAt + longestStarted : null;
            next = at > now && (next is null || at < next) ? at : next;
        }

        return next;
    }
}

/// <summary>All boards of a cluster, and where to find what is on them.</summary>
public sealed class NoticeBook
{
    private readonly Dictionary<string, NoticeBoard> boards = new(StringComparer.Ordinal);
    private readonly Dictionary<NodeId, SortedSet<string>> byNode = [];
    private readonly Dictionary<InstanceId, string> byInstance = [];
    private readonly SortedSet<string> live = new(StringComparer.Ordinal);

    /// <summary>Boards with something on them, in order of their keys.</summary>
    public IReadOnlyList<string> Live => [.. live];

    /// <summary>A board; null where nothing was ever on it.</summary>
    public NoticeBoard? Find(string scope) => boards.GetValueOrDefault(scope);

    /// <summary>The board on which an instance is named; null for none.</summary>
    public string? ScopeNaming(InstanceId instance) => byInstance.GetValueOrDefault(instance);

    /// <summary>What is announced of a maintenance of a node, or of an install on it.</summary>
    public IEnumerable<(NoticeBoard Board, Notice Notice)> Of(NodeId node, int generation, bool install = false)
    {
        if (byNode.TryGetValue(node, out var scopes))
        {
            foreach (var scope in scopes)
            {
                var board = boards[scope];
                foreach (var n in board.Live)
                {
                    if (n.Cause.Node == node && n.Cause.Generation == generation && n.Cause.Install == install)
                    {
                        yield return (board, n);
                    }
                }
            }
        }
    }

    /// <summary>Adds or replaces a board.</summary>
    public void Put(NoticeBoard board)
    {
        Remove(board.Scope);
        boards[board.Scope] = board;
        foreach (var n in board.Live)
        {
            live.Add(board.Scope);
            if (n.Cause.Node is { } node)
            {
                if (!byNode.TryGetValue(node, out var scopes))
                {
                    byNode[node] = scopes = new SortedSet<string>(StringComparer.Ordinal);
                }

                scopes.Add(board.Scope);
            }

            foreach (var r in n.Resources)
            {
                byInstance[r.Instance] = board.Scope;
            }
        }
    }

    /// <summary>Takes a board down for good.</summary>
    public void Remove(string scope)
    {
        if (!boards.Remove(scope, out var board))
        {
            return;
        }

        live.Remove(scope);
        foreach (var n in board.Live)
        {
            if (n.Cause.Node is { } node && byNode.TryGetValue(node, out var scopes) && scopes.Remove(scope) && scopes.Count == 0)
            {
                byNode.Remove(node);
            }

            foreach (var r in n.Resources)
            {
                byInstance.Remove(r.Instance);
            }
        }
    }
}
