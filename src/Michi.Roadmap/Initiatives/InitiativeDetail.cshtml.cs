using Michi.Platform.Accounts;
using Michi.Platform.Charts;
using Michi.Roadmap.Vision;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Initiatives;

/// <summary>Everything about one initiative of a place, with its history.</summary>
[Allow(Right.ViewPlace)]
internal sealed class InitiativeDetailPage(RoadmapDb db, HtmlRenderer renderer) : InitiativePage
{
    private static readonly int[] Steps125 = [1, 2, 5, 10];

    public Initiative Item { get; private set; } = null!;
    public IReadOnlyList<InitiativeVersion> History { get; private set; } = [];

    /// <summary>Initiatives that come after it.</summary>
    public IReadOnlyList<Initiative> Followers { get; private set; } = [];

    /// <summary>Prerequisites by the library that are not among its own.</summary>
    public IReadOnlyList<string> Missing { get; private set; } = [];

    /// <summary>Names of the challenges it answers, by code.</summary>
    public IReadOnlyDictionary<string, string> Challenges { get; private set; } = new Dictionary<string, string>();

    /// <summary>Names of what it leads to, by id.</summary>
    public IReadOnlyDictionary<string, string> Steps { get; private set; } = new Dictionary<string, string>();

    public IHtmlContent? Money { get; private set; }
    public IHtmlContent? Staff { get; private set; }

    public async Task<IActionResult> OnGetAsync(string code, CancellationToken cancel)
    {
        await LoadAsync(cancel);
        if (All.FirstOrDefault(i => i.Code == code) is not { } item) return NotFound();
        (Item, History) = (item, await Book.HistoryAsync(item, cancel));
        Followers = [.. All.Where(i => i.RetiredAt is null && i.Facts.Prerequisites.Exists(p => p.Initiative == code))];
        Missing = item.LibraryId is { } id && Library.Find(id) is { } source ? [.. source.Prerequisites.Select(p => p.InitiativeId).Except(item.Facts.Prerequisites.Select(p => p.Initiative))] : [];
        Challenges = (await db.Challenges.AsNoTracking().Where(c => c.PlaceId == Place.Id).ToListAsync(cancel)).ToDictionary(c => c.Code, c => InitiativeFacts.TextIn(c.Facts.Names, Lang));
        Steps = StepsOf(Vision, Lang);
        Money = await BarsAsync(T["initiative.chart-money", Vision.Currency], "#,0.##",
            [("cost", item.Facts.Cost), ("operation", item.Facts.Operation), ("revenue", item.Facts.Revenue)], f => T[$"initiative.field.{f}"]);
        Staff = await BarsAsync(T["initiative.chart-people"], "0.##", [.. item.Facts.People.Select(p => (p.Key, p.Value))], Text.Pool);
        return Page();
    }

    /// <summary>Objectives, targets and steps of a vision by id, in a language.</summary>
    public static IReadOnlyDictionary<string, string> StepsOf(VisionFacts vision, string language) =>
        vision.Objectives.Select(o => (o.Id, o.Names)).Concat(vision.Targets.Select(t => (t.Id, t.Names))).Concat(vision.Logic.Where(l => l.Kind != "input").Select(l => (l.Id, l.Names)))
            .DistinctBy(s => s.Id).ToDictionary(s => s.Id, s => InitiativeFacts.TextIn(s.Names, language));

    private async Task<IHtmlContent?> BarsAsync(string title, string format, IReadOnlyList<(string Id, Expected Value)> rows, Func<string, string> name)
    {
        var shown = rows.Where(r => r.Value.High > 0).ToList();
        if (shown.Count == 0) return null;
        var ticks = Ticks(shown.Max(r => r.Value.High));
        return await renderer.RenderAsync<IntervalBars>((nameof(IntervalBars.Title), title),
            (nameof(IntervalBars.Bars), shown.Select(r => new IntervalBar(name(r.Id), r.Value.Planned, r.Value.Low, r.Value.High)).ToList()),
            (nameof(IntervalBars.End), ticks[^1]), (nameof(IntervalBars.Ticks), ticks), (nameof(IntervalBars.TickFormat), format), (nameof(IntervalBars.Format), format),
            (nameof(IntervalBars.LabelHeading), T["library.figure"]), (nameof(IntervalBars.ValueHeading), T["initiative.planned-range"]), (nameof(IntervalBars.UnknownText), T["chart.unknown"]), (nameof(IntervalBars.Culture), T.Culture));
    }

    /// <summary>Zero, two or three steps of 1, 2 or 5 times a power of ten, the last one not below the greatest value.</summary>
    private static IReadOnlyList<double> Ticks(double greatest)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(greatest / 3)));
        var step = Steps125.Select(m => m * power).First(s => s * 3 >= greatest - 1e-9);
        return [.. Enumerable.Range(0, (int)Math.Ceiling(greatest / step - 1e-9) + 1).Select(n => n * step)];
    }
}
