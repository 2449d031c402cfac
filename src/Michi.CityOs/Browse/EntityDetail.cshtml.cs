using System.Text;
using Michi.CityOs.Demonstration;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Michi.Platform.Accounts;
using Michi.Platform.Charts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;

namespace Michi.CityOs.Browse;

/// <summary>One entity: its attributes, its JSON, and what one of its numbers was over time.</summary>
[Allow(Right.Contribute)]
internal sealed class EntityDetailPage(ICityStore store, IHistory history, TimeProvider clock, HtmlRenderer renderer) : CityOsPage(store)
{
    [BindProperty(SupportsGet = true, Name = "id")]
    public string? Id { get; set; }

    /// <summary>Short name of the attribute whose history is shown.</summary>
    [BindProperty(SupportsGet = true, Name = "attribute")]
    public string? Attribute { get; set; }

    /// <summary>Its instance, where there are several.</summary>
    [BindProperty(SupportsGet = true, Name = "dataset")]
    public string? Dataset { get; set; }

    [BindProperty(SupportsGet = true, Name = "period")]
    public string? Period { get; set; }

    public Entity Entity { get; private set; } = null!;

    public string? Title { get; private set; }

    /// <summary>Expanded name of the property that tells where it is; null for none.</summary>
    public string? PlaceProperty { get; private set; }

    /// <summary>Instances whose value is a number.</summary>
    public IReadOnlyList<EntityAttribute> Numbers { get; private set; } = [];

    /// <summary>The one whose history is shown; null for none.</summary>
    public EntityAttribute? Charted { get; private set; }

    public AttributeHistory? History { get; private set; }

    /// <summary>Whether the history could not be read in time.</summary>
    public bool IsBehind { get; private set; }

    public IHtmlContent? Chart { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return NotFound();
        await ReadHistoryAsync(cancel);
        if (History is { Points.Count: > 0 } found)
        {
            Chart = await renderer.RenderAsync<TimePlot>(
                (nameof(TimePlot.Title), T["entity.chart", EntityText.Name(Charted!.Name), Title ?? Entity.Id]),
                (nameof(TimePlot.Points), found.Points.Select(p => new TimePlotPoint(p.At, p.Value, p.Least, p.Most)).ToList()),
                (nameof(TimePlot.From), found.From),
                (nameof(TimePlot.Until), found.Until),
                (nameof(TimePlot.Unit), EntityText.Unit(found.UnitCode)),
                (nameof(TimePlot.BandText), found.IsAggregated ? T["entity.band"] : null),
                (nameof(TimePlot.LineText), found.IsAggregated ? T["entity.mean"] : null),
                (nameof(TimePlot.DayFormat), T["entity.plot-day"]),
                (nameof(TimePlot.MonthFormat), T["entity.plot-month"]),
                (nameof(TimePlot.Culture), T.Culture));
        }
        return Page();
    }

    /// <summary>A table of the page as a file: its attributes, or the history shown.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? table, string? format, CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return NotFound();
        if (table != "history")
            return TableDownload.Answer(format, $"{Tenant}-entity", Sheet(T["city-os.attributes"],
                [T["city-os.attribute"], T["city-os.kind-of"], T["entity.value"], T["entity.unit-code"], T["entity.observed"], T["entity.changed"], T["entity.instance"], T["city-os.name-in-full"]],
                Entity.Attributes.SelectMany(a => Rows(a, ""))));
        await ReadHistoryAsync(cancel);
        if (History is not { } found) return NotFound();
        return TableDownload.Answer(format, $"{Tenant}-history", found.IsAggregated
            ? Sheet(T["entity.history"], [T["entity.from"], T["entity.until"], T["entity.mean"], T["entity.least"], T["entity.most"], T["entity.values"], T["entity.unit-code"], T["city-os.attribute"], T["entities.id"]],
                found.Points.Select(p => (IReadOnlyList<TableCell>)[Time(p.At), Time(p.Until), p.Value, p.Least, p.Most, p.Count, found.UnitCode, Charted!.Name, Entity.Id]))
            : Sheet(T["entity.history"], [T["entity.observed"], T["entity.value"], T["entity.unit-code"], T["entity.instance"], T["city-os.attribute"], T["entities.id"]],
                found.Points.Select(p => (IReadOnlyList<TableCell>)[Time(p.At), p.Value, found.UnitCode, p.Instance, Charted!.Name, Entity.Id])));
    }

    /// <summary>The entity as NGSI-LD tells it.</summary>
    public async Task<IActionResult> OnGetJsonAsync(CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return NotFound();
        return File(Encoding.UTF8.GetBytes(EntityText.Json(Entity)), "application/json", $"{Tenant}-entity.json");
    }

    /// <summary>The address of this page with the history of an attribute.</summary>
    public string HistoryAddress(EntityAttribute attribute, string? period = null) =>
        With("entities/entity", ("id", Entity.Id), ("attribute", Compact(attribute.Name)), ("dataset", attribute.DatasetId), ("period", period)) + "#history";

    public string JsonAddress => With("entities/entity", ("id", Entity.Id), ("handler", "json"));

    private async Task<bool> LoadAsync(CancellationToken cancel)
    {
        if (string.IsNullOrEmpty(Id) || await Store.FindAsync(Tenant, Id, cancel) is not { } entity) return false;
        (Entity, Title, PlaceProperty, IsDemonstration) = (entity, Text.Title(entity), EntityText.PlaceOf(entity), DemonstrationCity.Has(entity));
        Numbers = entity.Attributes.FindAll(a => EntityText.Number(a) is not null);
        var name = string.IsNullOrEmpty(Attribute) ? null : JsonLdContext.Core.Expand(Attribute);
        Charted = name is null ? (Numbers is [var first, ..] ? first : null) : Numbers.FirstOrDefault(a => a.Name == name && (a.DatasetId ?? "") == (Dataset ?? ""));
        if (!AttributeHistory.Periods.Contains(Period)) Period = AttributeHistory.PeriodWith(Charted?.ObservedAt ?? Charted?.ModifiedAt, clock.GetUtcNow());
        return true;
    }

    private async Task ReadHistoryAsync(CancellationToken cancel)
    {
        if (Charted is null) return;
        try
        {
            History = await history.ReadAsync(r => AttributeHistory.Read(r, Tenant, Entity.Id, Charted.Name, Charted.DatasetId, Period!, clock.GetUtcNow(), cancel), cancel);
        }
        catch (TimeoutException)
        {
            IsBehind = true;
        }
    }

    private IEnumerable<IReadOnlyList<TableCell>> Rows(EntityAttribute attribute, string within)
    {
        yield return [within + EntityText.Name(attribute.Name), Text.KindName(attribute.Kind), Text.Cell(attribute), attribute.UnitCode, Time(attribute.ObservedAt), Time(attribute.ModifiedAt), attribute.DatasetId, attribute.Name];
        foreach (var inner in attribute.Attributes ?? [])
            foreach (var row in Rows(inner, $"{within}{EntityText.Name(attribute.Name)} › ")) yield return row;
    }
}
