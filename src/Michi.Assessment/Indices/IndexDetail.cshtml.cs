using System.Globalization;
using Michi.Analytics.Indices;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Charts;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Indices;

/// <summary>A composite index: ranking, map, rank intervals, sensitivity, and what lies behind them, under choices the reader may change in the address.</summary>
[Allow(Right.ViewPlace, Right.Contribute)]
internal sealed class IndexDetailPage(IndexBook book, BuiltIndices built, PlaceDirectory directory) : PlacePage
{
    private const int PageSize = 100, Classes = 5;

    private readonly Dictionary<string, Place> _known = [];

    public IndexHead Head { get; private set; } = null!;

    /// <summary>Every version, newest first.</summary>
    public IReadOnlyList<IndexHead> Versions { get; private set; } = [];

    /// <summary>Null while it is being made.</summary>
    public BuiltIndex? Index { get; private set; }

    /// <summary>The choices shown.</summary>
    public IndexChoices Choices { get; private set; } = new();

    /// <summary>The choices asked for, which the form keeps where they do not go together.</summary>
    public IndexChoices Asked { get; private set; } = new();

    public IndexTables Tables { get; private set; } = null!;
    public bool MayEdit { get; private set; }

    /// <summary>Position of the place looked at closely.</summary>
    public int? Unit { get; private set; }

    public int PageNumber { get; private set; } = 1;
    public int Pages { get; private set; } = 1;

    public int RankedCount { get; private set; }

    /// <summary>Positions of the places on this page.</summary>
    public IReadOnlyList<int> Shown { get; private set; } = [];

    public IReadOnlyList<MapShape> Shapes { get; private set; } = [];
    public bool IsNewest => Head.Version == Versions[0].Version;

    public async Task<IActionResult> OnGetAsync(Guid id, int? version, string? unit, int rows, CancellationToken cancel)
    {
        if (!await LoadAsync(id, version, unit, BuiltIndices.Patience, cancel)) return NotFound();
        if (Index is null)
        {
            Response.StatusCode = StatusCodes.Status202Accepted;
            return Page();
        }
        Pages = Math.Max(1, (Index.Order.Count + PageSize - 1) / PageSize);
        PageNumber = Math.Clamp(rows, 1, Pages);
        Shown = [.. Index.Order.Skip((PageNumber - 1) * PageSize).Take(PageSize)];
        await FindPlacesAsync(cancel);
        return Errors.Count > 0 ? Again() : Page();
    }

    /// <summary>A table of the page as CSV or XLSX; <c>kpis</c> is what the index was made from, in the form of the template.</summary>
    public async Task<IActionResult> OnGetTableAsync(Guid id, int? version, string? unit, string? table, string? format, string? sheet, CancellationToken cancel)
    {
        if (table == "kpis")
        {
            if (!await FindAsync(id, version, cancel)) return NotFound();
            var kpis = await book.TableAsync(Head, cancel);
            return TableDownload.Of(format, $"index-{(sheet ?? "kpis").ToLowerInvariant()}", [KpiTableWriter.Data(kpis), KpiTableWriter.Indicators(kpis)], sheet) ?? (IActionResult)NotFound();
        }
        if (!await LoadAsync(id, version, unit, TimeSpan.FromSeconds(30), cancel)) return NotFound();
        if (Index is null) return StatusCode(StatusCodes.Status503ServiceUnavailable);
        if (Errors.Count > 0) return Redirect(Address(choices: Asked));
        return Tables.Of(table ?? "", Unit) is { } found && TableDownload.Of(format, $"index-{table}", [found]) is { } file ? file : NotFound();
    }

    /// <summary>Makes the choices shown the index's own.</summary>
    public async Task<IActionResult> OnPostChoicesAsync(Guid id, CancellationToken cancel)
    {
        if (!await LoadAsync(id, null, null, TimeSpan.FromSeconds(30), cancel)) return NotFound();
        if (!MayEdit) return Forbid();
        if (Errors.Count == 0 && Index is not null && await book.ChangeAsync(Place, Head with { Choices = Choices }, "index.choices", null, cancel))
        {
            Say(T["indices.saved"]);
            return Redirect(Here($"indices/{id}"));
        }
        return Redirect(Address());
    }

    public async Task<IActionResult> OnPostWithdrawAsync(Guid id, string? reason, CancellationToken cancel)
    {
        if (!await LoadAsync(id, null, null, BuiltIndices.Patience, cancel)) return NotFound();
        if (!MayEdit) return Forbid();
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > 1000)
        {
            Errors.Add(("reason", string.IsNullOrWhiteSpace(reason) ? T["input.required"] : T["input.too-long", "1000"]));
            if (Index is not null) Shown = [.. Index.Order.Take(PageSize)];
            return Again();
        }
        await book.WithdrawAsync(Place, Head, reason.Trim(), cancel);
        Say(T["indices.withdrawn-done"]);
        return Redirect(Here("indices"));
    }

    /// <summary>This page with some of its parameters changed.</summary>
    public string Address(string? more = null, IndexChoices? choices = null)
    {
        List<string> parts = [];
        if (!IsNewest) parts.Add($"version={Head.Version}");
        if ((choices ?? Choices) != Head.Choices) parts.Add((choices ?? Choices).Query);
        if (more is not null) parts.Add(more);
        return Here($"indices/{Head.Id}{(parts.Count > 0 ? "?" : "")}{string.Join('&', parts)}");
    }

    public string Download(string table, string format) => Address($"handler=table&table={table}&format={format}{(table == "unit" ? $"&unit={Uri.EscapeDataString(CodeOf(Unit!.Value))}" : "")}");

    public TableLinks Links(string table) => new(T, T[$"indices.table.{table}"], Download(table, "csv"), Download(table, "xlsx"));

    public string UnitAddress(int place) => $"{Address($"unit={Uri.EscapeDataString(CodeOf(place))}")}#unit";

    public string CodeOf(int place) => Index!.Table.Places[place].Code;

    /// <summary>The name of a place: Michi's own in the page's language where it knows the place, else the table's.</summary>
    public string NameOf(int place) => _known.GetValueOrDefault(CodeOf(place))?.NameIn(Lang) ?? Index!.Table.Places[place].Name;

    /// <summary>The page of a place where Michi knows it.</summary>
    public string? PageOf(int place) => _known.GetValueOrDefault(CodeOf(place)) is { } known ? At(known.Slug) : null;

    /// <summary>A score with as many digits as its scale gives sense to; null where there is none.</summary>
    public string? Score(double value) => double.IsFinite(value) ? value.ToString(Choices.Normalisation is "z-score" or "target" ? "0.00" : "0.0", T.Culture) : null;

    public RankStatistics? RankOf(int place) => Index!.Result.IndexRanks[place] > 0 ? Index.Doubt?.Ranks.Statistics[place] : null;

    public string Interval(RankStatistics ranks)
    {
        string low = ranks.Q5.ToString("0", T.Culture), high = ranks.Q95.ToString("0", T.Culture);
        return low == high ? low : $"{low}–{high}";
    }

    public string Option(string choice, string option) => T[$"indices.option.{choice}.{option}"];

    /// <summary>The choices shown, in one line.</summary>
    public string Summary => string.Join(" · ", IndexChoices.All.Keys.Select(c => T["indices.pair", T[$"indices.choice.{c}"], Option(c, Choices[c])]));

    /// <summary>What each class of the map holds: ranks from least to best.</summary>
    public IReadOnlyList<string> ClassTexts
    {
        get
        {
            var ranked = Index!.Order.Select(u => Index.Result.IndexRanks[u]).Where(r => r > 0).ToLookup(ClassOf);
            return [.. Enumerable.Range(0, Classes).Select(c => ranked[c].Any() ? T["indices.class", ranked[c].Min(), ranked[c].Max()] : "–")];
        }
    }

    private int ClassOf(int rank) => Classes - 1 - (rank - 1) * Classes / RankedCount;

    private async Task<bool> FindAsync(Guid id, int? version, CancellationToken cancel)
    {
        if (Place.Kind != PlaceKind.Country) return false;
        Versions = await book.VersionsAsync(Place, id, cancel);
        if (Versions.FirstOrDefault(v => version is null || v.Version == version) is not { } head) return false;
        Head = head;
        return true;
    }

    private async Task<bool> LoadAsync(Guid id, int? version, string? unit, TimeSpan patience, CancellationToken cancel)
    {
        if (!await FindAsync(id, version, cancel)) return false;
        MayEdit = IsNewest && Head.WithdrawnAt is null && await Reader.CanAsync(Right.Contribute, Place, cancel);
        Asked = Head.Choices;
        foreach (var (choice, options) in IndexChoices.All)
        {
            if (Value(choice) is not { Length: > 0 } option) continue;
            if (options.Contains(option)) Asked = Asked.With(choice, option);
            else Errors.Add((choice, T["input.choice", option, string.Join(", ", options)]));
        }
        // What does not go together is told, and the page shows the index's own choices, or the plain ones where a new table no longer suits those.
        foreach (var choices in new[] { Asked, Head.Choices, new() }.Distinct())
        {
            Choices = choices;
            if (await built.OfAsync(Head, choices, patience, cancel) is not { } answer) break;
            Index = answer.Index;
            if (Index is not null) break;
            Errors.Add((answer.Conflict!.Choice, T[answer.Conflict.Text, answer.Conflict.Argument]));
        }
        if (Index is null) return true;
        Tables = new(Index, T);
        RankedCount = Index.Result.IndexRanks.ToArray().Count(r => r > 0);
        var position = unit is null ? -1 : Index.Table.Places.ToList().FindIndex(p => p.Code == unit);
        Unit = position < 0 ? null : position;
        return true;

        string? Value(string choice) => Request.HasFormContentType && Request.Form.ContainsKey(choice) ? Request.Form[choice] : Request.Query[choice];
    }

    /// <summary>The places below the country that the table names and the reader may see.</summary>
    private async Task FindPlacesAsync(CancellationToken cancel)
    {
        var position = Index!.Table.Places.Select((p, i) => (p.Code, i)).ToDictionary(p => p.Code, p => p.i);
        foreach (var place in await directory.ChildrenAsync(Place.Id, cancel))
            if (position.ContainsKey(place.Slug) && await Reader.CanAsync(Right.ViewPlace, place, cancel)) _known[place.Slug] = place;
        Shapes = [.. _known.Values.Where(p => p.Boundary is not null).Select(p => (Place: p, Position: position[p.Slug])).Select(p =>
        {
            var rank = Index.Result.IndexRanks[p.Position];
            return new MapShape(p.Place.NameIn(Lang), p.Place.Boundary!, rank > 0 ? ClassOf(rank) : null, rank.ToString(CultureInfo.InvariantCulture),
                T["indices.map-value", rank, Score(Index.Result.IndexScores[p.Position]) ?? ""], p.Position == Unit);
        })];
    }
}
