using System.Globalization;
using Michi.Approach;
using Michi.Assessment;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Michi.Roadmap.Initiatives;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Challenges;

/// <summary>What is wrong with infrastructure and urban services, the worst first, and which initiatives answer it.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ChallengesPage(ChallengeBook book, Diagnoses diagnoses, InitiativeLibrary library) : PlacePage
{
    public override string Step => "plan";
    public IReadOnlyList<ShownChallenge> All { get; private set; } = [];

    /// <summary>Those that stand and pass the filter.</summary>
    public IReadOnlyList<ShownChallenge> Shown { get; private set; } = [];

    public IEnumerable<ShownChallenge> Retired => All.Where(c => c.Challenge.RetiredAt is not null);
    public bool MayEdit { get; private set; }

    /// <summary>Whether the city's direction is to start from its problems.</summary>
    public bool StartsHere { get; private set; }

    public string? Sector { get; private set; }
    public int? Severity { get; private set; }
    public string? District { get; private set; }
    public PackWords Library => library.Words(Lang);

    public async Task OnGetAsync(string? sector, string? severity, string? district, CancellationToken cancel)
    {
        await LoadAsync(sector, severity, district, cancel);
        MayEdit = await Reader.CanAsync(Right.Plan, Place, cancel);
        StartsHere = (await diagnoses.OfAsync(Place, cancel)).Direction == "problem-oriented";
    }

    /// <summary>The challenges that pass the filter, as a file.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, string? sector, string? severity, string? district, CancellationToken cancel)
    {
        await LoadAsync(sector, severity, district, cancel);
        string[] columns = ["code", "names", "severity", "meaning", "sector", "people", "peopleSource", "groups", "district", "where", "source", "date", "answers"];
        return TableDownload.Answer(format, $"{Place.Slug}-challenges", new(T["challenges.title"], [.. columns.Select(c => new TableColumn(T[$"challenges.field.{c}"]))], Shown.Select(c => (IReadOnlyList<TableCell>)
        [
            c.Challenge.Code, NameOf(c), c.Facts.Severity, T[$"challenges.severity.{c.Facts.Severity}"], Library[$"library.sectors.{c.Facts.Sector}"], c.Facts.People, c.Facts.PeopleSource, Groups(c), DistrictOf(c), c.Facts.Where, c.Facts.Source,
            c.Facts.Date, string.Join("\n", c.Answers.Select(i => i.Facts.NameIn(Lang))),
        ]))
        { FrozenColumns = 2 });
    }

    public string NameOf(ShownChallenge challenge) => InitiativeFacts.TextIn(challenge.Facts.Names, Lang);

    public string Groups(ShownChallenge challenge) => string.Join(T["list.separator"], challenge.Facts.Groups.Select(g => T[$"groups.{g}"]));

    public string DistrictOf(ShownChallenge challenge) => challenge.District?.NameIn(Lang) ?? T[challenge.Facts.District is null ? "challenges.whole" : "challenges.hidden-district"];

    public string People(double? people) => people?.ToString("N0", T.Culture) ?? T["challenges.not-known"];

    /// <summary>How long a bar is, as a percentage of the widest of the page.</summary>
    public string Length(double people) => string.Create(CultureInfo.InvariantCulture, $"{100 * people / Math.Max(1, Shown.Max(c => c.Facts.People ?? 0)):0.##}%");

    public IEnumerable<(string Id, string Name)> Sectors => Standing.Select(c => c.Facts.Sector).Distinct().Select(s => (s, Library[$"library.sectors.{s}"]));

    public IEnumerable<(string Id, string Name)> Districts => Standing.Select(c => c.District).OfType<PlaceItem>().DistinctBy(d => d.Id).Select(d => (d.Slug, d.NameIn(Lang)));

    private IEnumerable<ShownChallenge> Standing => All.Where(c => c.Challenge.RetiredAt is null);

    private async Task LoadAsync(string? sector, string? severity, string? district, CancellationToken cancel)
    {
        All = await book.OfAsync(Place, cancel);
        (Sector, District) = (sector is { Length: > 0 } ? sector : null, district is { Length: > 0 } ? district : null);
        Severity = int.TryParse(severity, CultureInfo.InvariantCulture, out var asked) ? asked : null;
        Shown = [.. Standing.Where(c => (Sector is null || c.Facts.Sector == Sector) && (Severity is null || c.Facts.Severity == Severity) && (District is null || c.District?.Slug == District))];
    }
}
