using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Challenges;

/// <summary>The form of a challenge; <c>new</c> adds one. Who saves later than somebody else sees what it says now.</summary>
[Allow(Right.Plan)]
internal sealed class EditChallengePage(RoadmapDb db, SaveChallenge save, InitiativeLibrary library, UiTexts texts, PlatformOptions options) : PlacePage
{
    public override string Step => "plan";
    public string Code { get; private set; } = "";
    public bool IsNew => Code == "new";

    /// <summary>The version the form was filled in from; 0 for a new challenge.</summary>
    public int Version { get; private set; }

    public Dictionary<string, string> Values { get; private set; } = [];

    /// <summary>What somebody else saved meanwhile.</summary>
    public Challenge? Newer { get; private set; }

    /// <summary>The fields that differ from what was typed: what the newest version says there.</summary>
    public IReadOnlyDictionary<string, string> Now { get; private set; } = new Dictionary<string, string>();

    public IReadOnlyList<PlaceItem> Districts { get; private set; } = [];
    public IReadOnlyList<string> Sectors => library.Sectors;
    public PackWords Library => library.Words(Lang);

    public IEnumerable<string> TextLanguages(string field) => options.Languages.Split(',').OrderBy(l => l != Lang)
        .Concat(Values.Keys.Where(k => k.StartsWith($"{field}-", StringComparison.Ordinal)).Select(k => k[(field.Length + 1)..])).Distinct();

    public string Label(string field) => field.Split('-', 2) is [var name, var language] ? T[$"challenges.field.{name}-in", texts.Languages.Contains(language) ? texts.In(language)["language.name"] : language] : T[$"challenges.field.{field}"];

    public string Value(string field) => Values.GetValueOrDefault(field, "");

    /// <summary>A value of a field as the reader knows it.</summary>
    public string Said(string field, string value) => value.Length == 0 ? "–" : field switch
    {
        "sector" => Library[$"library.sectors.{value}"],
        "severity" => T[$"challenges.severity.{value}"],
        "groups" => string.Join(T["list.separator"], value.Split(' ').Select(g => T[$"groups.{g}"])),
        "district" => Districts.FirstOrDefault(d => d.Slug == value)?.NameIn(Lang) ?? value,
        _ => value,
    };

    public async Task<IActionResult> OnGetAsync(string code, CancellationToken cancel)
    {
        await LoadAsync(code, cancel);
        if (IsNew) return Page();
        if (await db.Challenges.AsNoTracking().FirstOrDefaultAsync(c => c.PlaceId == Place.Id && c.Code == code, cancel) is not { } challenge) return NotFound();
        (Values, Version) = (ChallengeForm.Values(challenge.Facts), challenge.Version);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string code, int version, CancellationToken cancel)
    {
        await LoadAsync(code, cancel);
        var form = await Request.ReadFormAsync(cancel);
        Values = form.Where(f => f.Key is not ("version" or "__RequestVerificationToken")).Take(60)
            .ToDictionary(f => f.Key, f => (f.Key == "groups" ? string.Join(' ', f.Value.ToArray()) : f.Value.ToString()).ReplaceLineEndings("\n").Trim());
        Version = version;
        var check = new InputCheck();
        var saved = await save.RunAsync(Place, IsNew ? null : code, version, ChallengeForm.Input(Values, check), check, cancel);
        if (saved.Faults.Count > 0) return Again(saved.Faults);
        if (saved.Challenge is not { } challenge) return NotFound();
        if (saved.IsSaved)
        {
            Say(T["challenges.saved"]);
            return Redirect(Here($"challenges/{challenge.Code}"));
        }
        var now = ChallengeForm.Values(challenge.Facts);
        (Newer, Version) = (challenge, challenge.Version);
        Now = now.Keys.Union(Values.Keys).Where(k => now.GetValueOrDefault(k, "") != Value(k)).ToDictionary(k => k, k => now.GetValueOrDefault(k, ""));
        Errors.Add(("newer", T["input.version", challenge.Version]));
        return Again();
    }

    private async Task LoadAsync(string code, CancellationToken cancel)
    {
        Code = code;
        Districts = await Reader.ChildrenAsync(Place, cancel);
    }
}
