using System.Globalization;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Roadmap.Challenges;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Initiatives;

/// <summary>The forms about an initiative, a part at a time; code <c>new</c> adds one.</summary>
[Allow(Right.Plan)]
internal sealed class EditInitiativePage(RoadmapDb db, PlatformOptions options, UiTexts texts) : InitiativePage
{
    private static readonly InitiativeFacts Empty = new() { Names = [], Sector = "organisation", Type = "sector" };

    public string Code { get; private set; } = "";
    public string Part { get; private set; } = "facts";
    public bool IsNew => Code == "new";
    public int Version { get; private set; }
    public InitiativeFacts Facts { get; private set; } = Empty;

    /// <summary>What the fields show: the facts, or what was typed.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; private set; } = new Dictionary<string, string>();

    /// <summary>Where the newest version differs from what the form was made from, after somebody else's change.</summary>
    public IReadOnlyList<(string Field, string Before, string After)> Meanwhile { get; private set; } = [];

    public Initiative? Newest { get; private set; }
    public IReadOnlyList<Initiative> Others { get; private set; } = [];
    public IReadOnlyList<Challenge> Challenges { get; private set; } = [];
    public IReadOnlyDictionary<string, string> Steps { get; private set; } = new Dictionary<string, string>();
    public IReadOnlyList<Platform.Places.PlaceItem> Districts { get; private set; } = [];

    /// <summary>The page's language first.</summary>
    public IEnumerable<string> Languages => options.Languages.Split(',').OrderBy(l => l != Lang);

    public string LanguageName(string language) => texts.In(language)["language.name"];

    /// <summary>What a field shows.</summary>
    public string F(string name) => Fields.GetValueOrDefault(name) ?? "";

    public bool Is(string name) => F(name) == "true";

    /// <summary>Rows of a list to show: those there are, and spare ones.</summary>
    public IEnumerable<string> Rows(string list)
    {
        var last = Fields.Keys.Where(k => k.StartsWith($"{list}-", StringComparison.Ordinal) && Fields[k].Length > 0).Select(k => int.TryParse(k[(list.Length + 1)..].Split('-')[0], CultureInfo.InvariantCulture, out var n) ? n : -1).DefaultIfEmpty(-1).Max();
        return Enumerable.Range(0, Math.Min(last + 1 + InitiativeForm.Spare, InitiativeCheck.MaxRows)).Select(i => FormattableString.Invariant($"{list}-{i}"));
    }

    public async Task<IActionResult> OnGetAsync(string code, string? part, CancellationToken cancel)
    {
        if (!await FindAsync(code, part, cancel)) return NotFound();
        Fields = InitiativeForm.Fields(Facts, Newest?.Gate ?? "idea");
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string code, string? part, int version, CancellationToken cancel)
    {
        if (!await FindAsync(code, part, cancel)) return NotFound();
        var form = await Request.ReadFormAsync(cancel);
        Fields = form.ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal);
        // The newest version counts from here on only if the form was made from it.
        Version = version;
        var check = new InputCheck();
        var given = InitiativeForm.Read(Part, form, Facts, Library.Pools, check);
        var own = IsNew ? "" : Code;
        if (check.IsSound) given = InitiativeCheck.Run(check, given, own, await Book.AroundAsync(Place, own, cancel), Lang);
        var gate = IsNew ? check.Choice("gate", form["gate"], [.. Library.Gates]) : "";
        if (!check.IsSound) return Again(check.Faults);
        if (IsNew)
        {
            var added = await Book.AddAsync(Place, "", given, gate, cancel);
            Say(T["initiative.added"]);
            return Redirect(Here($"initiatives/{added.Code}/edit/money"));
        }
        switch (await Book.ChangeAsync(Place, Code, version, given, cancel))
        {
            case InitiativeSaved:
                Say(T["initiative.saved", T[$"initiative.part.{Part}"]]);
                var next = InitiativeForm.Parts.SkipWhile(p => p != Part).Skip(1).FirstOrDefault();
                return Redirect(Here(form["then"] == "next" && next is not null ? $"initiatives/{Code}/edit/{next}" : form["then"] == "stay" ? $"initiatives/{Code}/edit/{Part}" : $"initiatives/{Code}"));
            case InitiativeChanged changed:
                Newest = changed.Newest;
                var basis = await db.InitiativeHistory.AsNoTracking().Where(v => v.InitiativeId == changed.Newest.Id && v.Version <= version).OrderByDescending(v => v.Version).Select(v => v.Facts).FirstOrDefaultAsync(cancel);
                Meanwhile = basis is null ? [] : Text.Differences(basis, changed.Newest.Facts);
                // Saving again now overwrites with both versions seen.
                Version = changed.Newest.Version;
                return Again([new("main", "version", changed.Newest.Version)]);
            default:
                return NotFound();
        }
    }

    private async Task<bool> FindAsync(string code, string? part, CancellationToken cancel)
    {
        (Code, Part) = (code, part ?? "facts");
        if (!InitiativeForm.Parts.Contains(Part) || (code == "new" && Part != "facts")) return false;
        await LoadAsync(cancel);
        Others = [.. All.Where(i => i.RetiredAt is null && i.Code != code).OrderBy(i => i.Facts.NameIn(Lang), StringComparer.Create(T.Culture, ignoreCase: true))];
        Challenges = await db.Challenges.AsNoTracking().Where(c => c.PlaceId == Place.Id && c.RetiredAt == null).OrderBy(c => c.Code).ToListAsync(cancel);
        Steps = InitiativeDetailPage.StepsOf(Vision, Lang);
        Districts = await Reader.ChildrenAsync(Place, cancel);
        if (IsNew) return true;
        Newest = All.FirstOrDefault(i => i.Code == code && i.RetiredAt is null);
        if (Newest is null) return false;
        (Facts, Version) = (Newest.Facts, Newest.Version);
        return true;
    }
}
