using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Procurement;

/// <summary>The form for one section of terms of reference, in every language offered.</summary>
[Allow(Right.Plan)]
internal sealed class EditSectionPage(ProcurementBook book, ProcurementTemplates templates, UiTexts texts, PlatformOptions options) : ProcurementPage(book, templates)
{
    public const int Most = 20_000;

    public string Section { get; private set; } = "";
    public Dictionary<string, string> Given { get; private set; } = [];

    /// <summary>The page's language first, then the others offered, then those the section has besides.</summary>
    public IEnumerable<string> Languages => options.Languages.Split(',').OrderBy(l => l != Lang).Concat(Given.Keys).Distinct();

    /// <summary>What the newest version says where it differs from what was typed.</summary>
    public IEnumerable<KeyValuePair<string, string>> Newest => (Facts.Sections.GetValueOrDefault(Section) ?? []).Where(s => Given.GetValueOrDefault(s.Key) != s.Value);

    public string LanguageName(string language) => texts.Languages.Contains(language) ? texts.In(language)["language.name"] : language;

    public IActionResult OnGet(string section)
    {
        if (!IsKnown(section)) return NotFound();
        Given = Facts.Sections.GetValueOrDefault(section) ?? [];
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string section, int version, CancellationToken cancel)
    {
        if (!IsKnown(section)) return NotFound();
        var form = await Request.ReadFormAsync(cancel);
        Given = form.Keys.Where(k => k.StartsWith("text.", StringComparison.Ordinal)).Take(20).ToDictionary(k => k[5..], k => form[k].ToString());
        Version = version;
        var check = new InputCheck();
        var sent = check.Texts("text", Given, Most, Lang, required: false);
        if (!check.IsSound) return Again(check.Faults);
        Given = sent;
        return await SaveAsync(version, section, $"text-{Lang}", facts => facts with { Sections = new(facts.Sections) { [section] = sent } }, cancel);
    }

    private bool IsKnown(string section)
    {
        Section = section;
        return Templates.Sections.Any(s => s.Id == section);
    }
}
