using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Vision;

/// <summary>The form of one part of the vision. Two people may change different parts at once; who changes the same one later sees what it says now.</summary>
[Allow(Right.Plan)]
internal sealed class EditVisionPage(SaveVision visions, RoadmapDb db, UiTexts texts, PlatformOptions options) : PlacePage
{
    public override string Step => "plan";
    public string Part { get; private set; } = "";
    public string Id { get; private set; } = "";
    public bool IsNew => Id == "new";
    public VisionFacts Facts { get; private set; } = new();
    public Dictionary<string, string> Values { get; private set; } = [];

    /// <summary>What the part was when the form was filled in, as a fingerprint.</summary>
    public string Was { get; private set; } = "";

    /// <summary>The vision somebody else saved meanwhile, where it differs from what was typed.</summary>
    public PlaceVision? Newer { get; private set; }

    /// <summary>The fields that differ: what the newest version says there.</summary>
    public IReadOnlyDictionary<string, string> Now { get; private set; } = new Dictionary<string, string>();

    public IReadOnlyList<(string Code, string Name)> Initiatives { get; private set; } = [];

    public IEnumerable<string> TextLanguages(string field) => options.Languages.Split(',').OrderBy(l => l != Lang)
        .Concat(Values.Keys.Where(k => k.StartsWith($"{field}-", StringComparison.Ordinal)).Select(k => k[(field.Length + 1)..])).Distinct();

    public string LanguageName(string language) => texts.Languages.Contains(language) ? texts.In(language)["language.name"] : language;

    public string Value(string field) => Values.GetValueOrDefault(field, "");

    public async Task<IActionResult> OnGetAsync(string part, string? id, CancellationToken cancel)
    {
        var vision = await LoadAsync(part, id, cancel);
        if (!VisionForm.Parts.Contains(Part)) return NotFound();
        if (Current(vision?.Facts) is not { } values) return NotFound();
        (Values, Was) = (values, Fingerprint(values));
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string part, string? id, string? was, bool remove, CancellationToken cancel)
    {
        var form = await Request.ReadFormAsync(cancel);
        Values = form.Where(f => f.Key is not ("was" or "remove" or "__RequestVerificationToken")).Take(60)
            .ToDictionary(f => f.Key, f => (f.Key == "leadsTo" ? string.Join(' ', f.Value.ToArray()) : f.Value.ToString()).ReplaceLineEndings("\n").Trim());
        Was = was ?? "";
        // A change of another part between reading and saving is no conflict: the change is made again on the newest vision.
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var vision = await LoadAsync(part, id, cancel);
            if (!VisionForm.Parts.Contains(Part)) return NotFound();
            if (Current(vision?.Facts) is not { } now) return vision is not null && Was.Length > 0 ? Conflict(vision, []) : NotFound();
            if (!IsNew && Fingerprint(now) != Was) return Conflict(vision!, now);
            var check = new InputCheck();
            var changed = remove && Part != "statement" ? VisionForm.Without(Facts, Part, Id) : VisionForm.With(Facts, Part, Id, Values, check, Lang);
            if (!check.IsSound) return Again(check.Faults.DistinctBy(f => (f.Field, f.Code)));
            if (!await visions.RunAsync(Place, vision?.Version ?? 0, changed, Id.Length > 0 ? $"{Part} {Id}" : Part, cancel)) continue;
            Say(T[remove ? "vision.removed" : "vision.saved"]);
            return Redirect($"{Here("vision")}#{(Part == "statement" ? "main" : Part)}");
        }
        return Again([new("was", "at-once")]);
    }

    private IActionResult Conflict(PlaceVision vision, Dictionary<string, string> now)
    {
        (Newer, Was) = (vision, Fingerprint(now));
        Now = now.Keys.Union(Values.Keys.Where(k => Values[k].Length > 0)).Where(k => now.GetValueOrDefault(k, "") != Value(k)).ToDictionary(k => k, k => now.GetValueOrDefault(k, ""));
        Errors.Add(("newer", T["input.version", vision.Version]));
        return Again();
    }

    private async Task<PlaceVision?> LoadAsync(string part, string? id, CancellationToken cancel)
    {
        (Part, Id) = (part, part == "statement" ? "" : id ?? "");
        var vision = await visions.FindAsync(Place, cancel);
        Facts = vision?.Facts ?? new();
        if (part == "logic")
            Initiatives = [.. (await db.Initiatives.AsNoTracking().Where(i => i.PlaceId == Place.Id && i.RetiredAt == null).ToListAsync(cancel)).Select(i => (i.Code, i.Facts.NameIn(Lang))).OrderBy(i => i.Item2, StringComparer.Create(T.Culture, ignoreCase: true))];
        return vision;
    }

    private Dictionary<string, string>? Current(VisionFacts? facts)
    {
        if (!IsNew) return VisionForm.Values(facts ?? new(), Part, Id);
        var asked = Request.Query["objective"].ToString();
        return asked.Length is > 0 and <= 60 ? new() { ["objective"] = asked } : [];
    }

    private static string Fingerprint(Dictionary<string, string> values) => Convert.ToHexString(SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Join('\n', values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key}={v.Value.Length}:{v.Value}"))))))[..24];
}
