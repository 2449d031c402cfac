using Michi.CityOs.Entities;

namespace Michi.CityOs.Storage;

/// <summary>What is to become of one entity: the store calls it with what is there and keeps what it gives back.</summary>
/// <param name="Id">URI of the entity.</param>
/// <param name="Apply">
/// From the entity that is there (null for none) and the time of the change to the entity that shall be (null for none). It must not change what it is given:
/// what stays is handed on as the same object, so that the store sees what changed. It may refuse by an <see cref="NgsiLdException"/> and may be called again.
/// </param>
internal sealed record EntityChange(string Id, Func<Entity?, DateTimeOffset, Entity?> Apply)
{
    /// <summary>What is to become of an entity as it is kept, at a time.</summary>
    /// <returns>The time it counts for, what the change was given (without what has expired), and what it made of that or why it refused.</returns>
    public (DateTimeOffset At, Entity? Current, Entity? After, NgsiLdException? Refusal) Run(Entity? kept, DateTimeOffset now)
    {
        // A clock that is set back, or lies behind that of another node, must not make a change as old as the one before: by their times the history and
        // subscriptions tell changes apart. Times are kept in whole microseconds.
        if (kept is not null && kept.ModifiedAt.AddMicroseconds(1) is var next && now < next) now = next;
        var current = kept is null ? null : Expiry.Live(kept, now);
        try
        {
            return (now, current, Apply(current, now), null);
        }
        catch (NgsiLdException refusal)
        {
            return (now, current, null, refusal);
        }
    }
}

/// <summary>What became of a change.</summary>
/// <param name="Before">Null where the entity was not there.</param>
/// <param name="After">Null where the entity is no more.</param>
/// <param name="Refusal">Why nothing was changed; null where the change is kept for good.</param>
internal readonly record struct EntityOutcome(Entity? Before, Entity? After, NgsiLdException? Refusal);

/// <summary>Which part of the answer to a query is wanted.</summary>
/// <param name="Limit">Entities at most, 0 for only their number.</param>
/// <param name="Offset">Entities left out at the beginning.</param>
/// <param name="After">Position after which to go on, as <see cref="EntityPage.Last"/> told it; 0 for the beginning.</param>
/// <param name="HasCount">Whether the number of all that match is wanted.</param>
internal readonly record struct PageRequest(int Limit, int Offset = 0, long After = 0, bool HasCount = false);

/// <summary>A part of the answer to a query, in the order of creation.</summary>
/// <param name="Last">Position of the last entity, from which the next page goes on whatever is written in between.</param>
/// <param name="HasMore">Whether more follow.</param>
/// <param name="Count">How many match in all; null where not wanted.</param>
internal sealed record EntityPage(IReadOnlyList<Entity> Entities, long Last, bool HasMore, long? Count);

/// <summary>How many entities of a type there are (no name), or how many of them have an attribute of a kind. Names are expanded.</summary>
internal readonly record struct TypeCount(string Type, string? Name, AttributeKind Kind, long Entities);

/// <summary>The kinds of documents kept beside entities.</summary>
internal enum DocumentKind
{
    Subscription = 1,
    Registration,
    RegistrationSubscription,
    Context,
    EntityMap,
    Snapshot,
    SubscriptionRecord,
    ForwardedSubscription,
    SourceNotification,
    RegistrationSubscriptionRecord,
}

/// <summary>One change of one entity, as it was committed.</summary>
/// <param name="Sequence">Grows with every change; gaps are possible.</param>
/// <param name="Before">Null where the entity was made.</param>
/// <param name="After">Null where the entity was taken away.</param>
internal sealed record StoredChange(long Sequence, string Tenant, string Id, DateTimeOffset At, Entity? Before, Entity? After)
{
    /// <summary>All instances of attributes before and after, each with its like: first those that are there, then those that are gone.</summary>
    public IEnumerable<(EntityAttribute? Before, EntityAttribute? After)> Instances()
    {
        // Mostly all are where they were.
        if (Before?.Attributes is { } was && After?.Attributes is { } now && IsAlike(was, now))
        {
            for (var i = 0; i < now.Count; i++) yield return (was[i], now[i]);
            yield break;
        }
        var old = Before?.Attributes.ToDictionary(a => (a.Name, a.DatasetId)) ?? [];
        foreach (var attribute in After?.Attributes ?? [])
        {
            old.Remove((attribute.Name, attribute.DatasetId), out var before);
            yield return (before, attribute);
        }
        foreach (var gone in old.Values) yield return (gone, null);
    }

    private static bool IsAlike(List<EntityAttribute> was, List<EntityAttribute> now)
    {
        if (was.Count != now.Count) return false;
        for (var i = 0; i < was.Count; i++)
            if (was[i].Name != now[i].Name || was[i].DatasetId != now[i].DatasetId) return false;
        return true;
    }
}

/// <summary>How much the store takes, and how far those who follow its changes have come.</summary>
/// <param name="Bytes">On disk, with its log.</param>
/// <param name="LastChange">Sequence of the last change committed; 0 before the first.</param>
/// <param name="Readers">By name, the sequence of the last change each has done with, as it was noted last.</param>
internal sealed record StoreFigures(long Bytes, long LastChange, IReadOnlyDictionary<string, long> Readers)
{
    /// <summary>How many changes a reader has not done with.</summary>
    public long Behind(string reader) => Readers.TryGetValue(reader, out var position) ? Math.Max(0, LastChange - position) : 0;
}

/// <summary>What the City OS keeps. A write is answered after it is durable; reads never wait for writes.</summary>
internal interface ICityStore : IAsyncDisposable
{
    /// <summary>An entity by its id; null where there is none.</summary>
    ValueTask<Entity?> FindAsync(string tenant, string id, CancellationToken cancel);

    /// <summary>Changes entities, each for itself: one that is refused leaves the others as they are.</summary>
    /// <returns>An outcome for each change, in the same order.</returns>
    Task<EntityOutcome[]> WriteAsync(string tenant, IReadOnlyList<EntityChange> changes, CancellationToken cancel);

    /// <summary>Entities that match, in the order of creation.</summary>
    Task<EntityPage> QueryAsync(string tenant, StoreQuery query, PageRequest page, CancellationToken cancel);

    /// <summary>Which types there are, with which attributes, and how many entities have them.</summary>
    Task<IReadOnlyList<TypeCount>> CountAsync(string tenant, CancellationToken cancel);

    /// <summary>Entities with something that has expired, soonest first; a change that gives an entity back as it was takes what expired away.</summary>
    Task<IReadOnlyList<(string Tenant, string Id)>> ExpiredAsync(int most, CancellationToken cancel);

    /// <summary>A document by its id; null where there is none.</summary>
    ValueTask<byte[]?> FindDocumentAsync(DocumentKind kind, string tenant, string id, CancellationToken cancel);

    /// <summary>Documents of a kind in the order of creation.</summary>
    Task<IReadOnlyList<(string Id, byte[] Body)>> ListDocumentsAsync(DocumentKind kind, string tenant, CancellationToken cancel);

    /// <summary>Changes a document; what is given back is kept, null takes it away.</summary>
    /// <returns>What was there before.</returns>
    Task<byte[]?> WriteDocumentAsync(DocumentKind kind, string tenant, string id, Func<byte[]?, byte[]?> apply, CancellationToken cancel);

    /// <summary>Sequence of the last change committed; 0 before the first.</summary>
    ValueTask<long> LastChangeAsync(CancellationToken cancel);

    /// <summary>Ends when there is a change after a sequence.</summary>
    Task WaitForChangeAsync(long after, CancellationToken cancel);

    /// <summary>Changes after a sequence, in order. Those all readers have passed may be gone.</summary>
    Task<IReadOnlyList<StoredChange>> ReadChangesAsync(long after, int most, CancellationToken cancel);

    /// <summary>How far a reader of the changes has come; a new one begins with what changes from now on. What no reader has passed is kept, whatever happens.</summary>
    Task<long> OpenReaderAsync(string name, CancellationToken cancel);

    /// <summary>A reader has done with all changes up to a sequence.</summary>
    Task MoveReaderAsync(string name, long sequence, CancellationToken cancel);

    /// <summary>What an operator wants to know of the store.</summary>
    Task<StoreFigures> MeasureAsync(CancellationToken cancel);

    /// <summary>The tenants there are, without the default one.</summary>
    ValueTask<IReadOnlyCollection<string>> TenantsAsync(CancellationToken cancel);

    /// <summary>Makes a tenant where it is not there; the first write of an entity or document does so too.</summary>
    Task MakeTenantAsync(string name, CancellationToken cancel);

    /// <summary>Whether there is a tenant; asked for each request, so it does not grow with how many there are.</summary>
    ValueTask<bool> HasTenantAsync(string name, CancellationToken cancel);

    /// <summary>Does a work of which there must be one only: at once where no other program shares the store, else whenever no other holds it, again and again.</summary>
    /// <param name="work">Told by its token to end, because the program does or because another has taken over; what it does goes on from what the store knows.</param>
    Task HoldAsync(string name, Func<CancellationToken, Task> work, CancellationToken cancel) => work(cancel);

    /// <summary>Tells what is remembered of documents that another program changed one; those changed through this store are known to who changed them.</summary>
    event Action<DocumentKind, string, string>? DocumentChanged
    {
        add { }
        remove { }
    }

    /// <summary>Ends when <see cref="DocumentChanged"/> has told of all that was committed before.</summary>
    ValueTask FollowDocumentsAsync(CancellationToken cancel) => default;
}
