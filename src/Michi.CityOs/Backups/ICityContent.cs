using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Backups;

/// <summary>Everything the City OS holds as it was at one moment, in a form no store is bound to. Each part can be read again and again, and is never in memory as a whole.</summary>
internal interface ICityContent : IDisposable
{
    /// <summary>What this installation is called among brokers.</summary>
    string Broker { get; }

    /// <summary>Sequence of the last change of an entity that is in it; documents tell of sequences up to this one.</summary>
    long LastChange { get; }

    /// <summary>How many entities there are, to show progress by.</summary>
    long EntityCount { get; }

    /// <summary>The tenants there are, without the default one.</summary>
    IReadOnlyCollection<string> Tenants { get; }

    /// <summary>Names the history knows, in the order in which it tells the types of an entity.</summary>
    IEnumerable<string> Names();

    /// <summary>In the order of creation.</summary>
    IEnumerable<KeptDocument> Documents();

    /// <summary>With keys that grow with creation within a tenant.</summary>
    IEnumerable<KeptEntity> Entities();

    IEnumerable<KeptHistory> Histories();

    /// <summary>Points in portions, those of a series one after another in the order of time.</summary>
    IEnumerable<SeriesPoints> Points();

    IEnumerable<KeptLifetime> Lifetimes();

    /// <summary>When something of a tenant changed last, in microseconds.</summary>
    IEnumerable<(string Tenant, long At)> ChangedAt();

    /// <summary>Changes that the entities have and the history does not have yet, in their order. Their keys tell nothing.</summary>
    IEnumerable<LoggedChange> Untold();
}

/// <summary>A document beside entities, as the store keeps it.</summary>
internal readonly record struct KeptDocument(DocumentKind Kind, string Tenant, string Id, byte[] Body);

/// <summary>An entity in the bytes of <see cref="EntityCodec"/>.</summary>
internal readonly record struct KeptEntity(long Key, string Tenant, string Id, byte[] Body);

/// <summary>An entity as the history knows it. The ids of points follow from the keys of their series, so keys are kept.</summary>
internal sealed record KeptHistory(string Tenant, HistoryEntity Entity, IReadOnlyList<HistorySeries> Series);

/// <summary>Some points of a series.</summary>
internal readonly record struct SeriesPoints(long Series, IReadOnlyList<HistoryPoint> Points)
{
    /// <summary>Points in one portion at most.</summary>
    public const int Most = 4_096;

    /// <summary>Points of a series in portions.</summary>
    public static IEnumerable<SeriesPoints> Of(long series, IEnumerable<HistoryPoint> points)
    {
        foreach (var portion in points.Chunk(Most)) yield return new(series, portion);
    }
}

/// <summary>How long points of a type are kept.</summary>
/// <param name="Type">Expanded; null for all types of the tenant that have no lifetime of their own.</param>
internal readonly record struct KeptLifetime(string Tenant, string? Type, Lifetime Lifetime);
