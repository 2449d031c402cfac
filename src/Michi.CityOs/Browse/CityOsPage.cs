using System.Globalization;
using Michi.CityOs.Demonstration;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Michi.Platform;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.WebUtilities;

namespace Michi.CityOs.Browse;

/// <summary>Base of the pages about the data of a place, which are those of the tenant of the same slug.</summary>
internal abstract class CityOsPage(ICityStore store) : PlacePage
{
    /// <summary>How long the store may look for what a page shows: a filter that no index serves goes through all entities.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public override string Step => "run";

    protected ICityStore Store => store;

    public string Tenant => Place.Slug;

    /// <summary>Whether something the page shows is made up for a demonstration.</summary>
    public bool IsDemonstration { get; protected set; }

    public EntityText Text => field ??= new(T);

    /// <summary>The short name in a name's place of an address.</summary>
    public static string Compact(string iri) => JsonLdContext.Core.Compact(iri);

    /// <summary>The address of a page of this place with parameters; those that are null are left out.</summary>
    public string With(string path, params IEnumerable<(string Name, string? Value)> query) =>
        QueryHelpers.AddQueryString(Here(path), query.Where(q => !string.IsNullOrEmpty(q.Value)).Select(q => KeyValuePair.Create(q.Name, q.Value)));

    public string EntityAddress(string id) => With("entities/entity", ("id", id));

    public string TypeAddress(string type) => With("city-os/type", ("name", Compact(type)));

    public string ListAddress(string? type) => With("entities", ("type", type is null ? null : Compact(type)));

    public string MapAddress(string type) => With("entities/map", ("type", Compact(type)));

    /// <summary>Whether the entity that was there first, of a type or at all, is made up.</summary>
    protected async Task<bool> BeginsWithDemonstrationAsync(string? type, CancellationToken cancel) =>
        (await Store.QueryAsync(Tenant, new() { Types = type is null ? null : [type] }, new(1), cancel)).Entities is [var first, ..] && DemonstrationCity.Has(first);

    /// <summary>A table of a page as a file: headers in the page's language, numbers unrounded.</summary>
    protected static Table Sheet(string name, IEnumerable<string> headers, IEnumerable<IReadOnlyList<TableCell>> rows) => new(name, [.. headers.Select(h => new TableColumn(h))], rows) { FrozenColumns = 1 };

    /// <summary>A time in a file.</summary>
    protected static TableCell Time(DateTimeOffset? at) => at is { } time ? EntityWriter.Text(time) : null;

    /// <summary>An amount of memory as people read it.</summary>
    public static string Size(long bytes, CultureInfo culture) => bytes switch
    {
        >= 1L << 30 => $"{(bytes / (double)(1L << 30)).ToString("#,0.0", culture)} GiB",
        >= 1L << 20 => $"{(bytes / (double)(1L << 20)).ToString("#,0.0", culture)} MiB",
        _ => $"{(bytes / 1024.0).ToString("#,0", culture)} KiB",
    };
}
