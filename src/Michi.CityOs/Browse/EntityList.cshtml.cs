using Michi.CityOs.Api;
using Michi.CityOs.Demonstration;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;
using Michi.CityOs.Storage;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.CityOs.Browse;

/// <summary>The entities of a place, filtered by type, id and query, page by page in the order of their creation.</summary>
[Allow(Right.Contribute)]
internal sealed class EntityListPage(ICityStore store) : CityOsPage(store)
{
    private const int PageSize = 50;

    /// <summary>Attributes beside the id on the page; the file has more.</summary>
    private const int MostColumns = 4;

    private const int MostFileColumns = 100;

    /// <summary>Entities in a file.</summary>
    public const int MostRows = 10_000;

    private const int Portion = 1_000;

    /// <summary>Characters shown of a query from where it cannot be read.</summary>
    private const int MostShown = 20;

    [BindProperty(SupportsGet = true, Name = "type")]
    public string? Type { get; set; }

    /// <summary>An id, or part of one.</summary>
    [BindProperty(SupportsGet = true, Name = "id")]
    public string? Id { get; set; }

    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Q { get; set; }

    /// <summary>Position of the last entity of the page before.</summary>
    [BindProperty(SupportsGet = true, Name = "after")]
    public string? After { get; set; }

    /// <summary>Types to choose from, with how many entities have them.</summary>
    public IReadOnlyList<TypeCount> Types { get; private set; } = [];

    /// <summary>Expanded names of the attributes shown.</summary>
    public IReadOnlyList<string> Columns { get; private set; } = [];

    public IReadOnlyList<Entity> Entities { get; private set; } = [];

    /// <summary>Where the next page goes on; null where there is none.</summary>
    public string? Next { get; private set; }

    /// <summary>How many entities there are; null where only looking at all of them would tell.</summary>
    public long? Count { get; private set; }

    public bool IsFirst => Position == 0;

    /// <summary>Whether some of the type's entities can be drawn on a map.</summary>
    public bool HasPlace { get; private set; }

    public string? TypeName => string.IsNullOrEmpty(Type) ? null : JsonLdContext.Core.Expand(Type);

    private long Position => long.TryParse(After, System.Globalization.CultureInfo.InvariantCulture, out var at) && at > 0 ? at : 0;

    private bool IsFiltered => !string.IsNullOrWhiteSpace(Id) || !string.IsNullOrWhiteSpace(Q);

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        await ReadTypesAsync(MostColumns, cancel);
        if (await FindAsync(new(PageSize, After: Position, HasCount: !IsFiltered), cancel) is not { } page) return Again();
        (Entities, Count, IsDemonstration) = (page.Entities, page.Count, page.Entities.Any(DemonstrationCity.Has));
        Next = page.HasMore ? With("entities", ("type", Type), ("id", Id), ("q", Q), ("after", page.Last.ToString(System.Globalization.CultureInfo.InvariantCulture))) : null;
        return Page();
    }

    /// <summary>What the filter finds as a file, from its beginning: at most <see cref="MostRows"/> entities with the attributes most of them have.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        await ReadTypesAsync(MostFileColumns, cancel);
        List<Entity> all = [];
        var page = new EntityPage([], 0, true, null);
        while (page.HasMore && all.Count < MostRows)
        {
            if (await FindAsync(new(Portion, After: page.Last), cancel) is not { } next) return Again();
            all.AddRange((page = next).Entities);
        }
        return TableDownload.Answer(format, $"{Tenant}-entities", Sheet(T["entities.title"], [T["entities.id"], T["city-os.type"], T["entities.changed"], .. Columns.Select(EntityText.Name)],
            all.Select(e => (IReadOnlyList<TableCell>)[e.Id, EntityText.Names(e.Types), Time(e.ModifiedAt), .. Columns.Select(c => Text.Cell(e.Find(c, null)))])));
    }

    private async Task ReadTypesAsync(int columns, CancellationToken cancel)
    {
        var counts = await Store.CountAsync(Tenant, cancel);
        Types = [.. counts.Where(c => c.Name is null).OrderBy(c => EntityText.Name(c.Type), StringComparer.OrdinalIgnoreCase)];
        if (TypeName is not { } type) return;
        var own = counts.Where(c => c.Type == type && c.Name is not null).ToList();
        HasPlace = own.Exists(c => c.Kind == AttributeKind.GeoProperty);
        // On the page the name stands under the id, and a place is for the map.
        Columns = [.. own.Where(c => columns > MostColumns || (c.Kind is not (AttributeKind.GeoProperty or AttributeKind.JsonProperty) && EntityText.Name(c.Name!) is not ("name" or "title")))
            .GroupBy(c => c.Name!).OrderByDescending(g => g.Sum(c => c.Entities)).ThenBy(g => EntityText.Name(g.Key), StringComparer.OrdinalIgnoreCase).Take(columns).Select(g => g.Key)];
    }

    /// <summary>A page of what the filter finds; null where the query cannot be read, or no index serves it and the entities are too many to go through.</summary>
    private async Task<EntityPage?> FindAsync(PageRequest request, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            var query = Query();
            // A whole id needs no search.
            if (Id?.Trim() is { Length: > 0 } id && await Store.FindAsync(Tenant, id, cancel) is not null) query = query with { Ids = [id] };
            return await Store.QueryAsync(Tenant, query, request, patience.Token);
        }
        catch (NgsiLdException refusal)
        {
            Errors.Add(("q", FaultOf(Q?.Trim() ?? "", refusal)));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            Errors.Add((string.IsNullOrWhiteSpace(Q) ? "id" : "q", T["entities.too-long", Patience.TotalSeconds]));
        }
        return null;
    }

    /// <summary>What is wrong with the query: where there is no text for it, in English word for word and in other languages by its place.</summary>
    private string FaultOf(string query, NgsiLdException refusal)
    {
        if (refusal.Text is { } text) return T[text.Key, text.Values];
        if (refusal.Character is not { } character || T.Language == "en") return T["entities.q-fault", refusal.Detail ?? refusal.Title];
        var rest = character <= query.Length ? query[(character - 1)..] : "";
        return rest.Length == 0 ? T["entities.q-fault-end"] : T["entities.q-fault-at", character, rest.Length <= MostShown ? rest : rest[..MostShown] + "…"];
    }

    private StoreQuery Query()
    {
        var (type, id) = (TypeName, Id?.Trim() ?? "");
        var query = new EntityQuery { Q = string.IsNullOrWhiteSpace(Q) ? null : QFilter.Parse(Q.Trim(), JsonLdContext.Core) };
        var found = EntityQueryReader.ForStore(query, linked => Store.FindAsync(Tenant, linked, CancellationToken.None).AsTask().GetAwaiter().GetResult()) with { Types = type is null ? null : [type] };
        if (!IsFiltered) return found;
        var matches = found.Matches;
        return found with { Matches = e => (type is null || e.Types.Contains(type)) && e.Id.Contains(id, StringComparison.OrdinalIgnoreCase) && matches?.Invoke(e) != false };
    }
}
