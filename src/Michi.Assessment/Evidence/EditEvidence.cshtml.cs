using System.Globalization;
using Michi.Approach;
using Michi.Assessment.Exchange;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Packs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Evidence;

/// <summary>The form that adds a piece of evidence (code <c>new</c>) or changes one; every change is a new version.</summary>
[Allow(Right.Contribute)]
internal sealed class EditEvidencePage(SaveEvidence save, EvidenceBook book, PackStore packs, UiTexts texts, PlatformOptions options, TimeProvider clock) : PlacePage
{
    public IReadOnlyList<Element> Elements => packs.Current.Elements;
    public EvidenceTable Table => packs.Current.Evidence;
    public FileEvidence Given { get; private set; } = new() { Kind = "document", Quality = "medium" };
    public int Version { get; private set; }
    public bool IsNew { get; private set; }
    public int MaxMegabytes => options.MaxUploadBytes / 1_000_000;

    /// <summary>The page's language first, then the others offered, then those the statement has besides.</summary>
    public IEnumerable<string> StatementLanguages => options.Languages.Split(',').OrderBy(l => l != Lang).Concat(Given.Statement.Keys).Distinct();

    public string LanguageName(string language) => texts.Languages.Contains(language) ? texts.In(language)["language.name"] : CultureInfo.GetCultureInfo(language).NativeName;

    /// <summary>Other pages may propose new evidence; a person confirms it by saving.</summary>
    public async Task<IActionResult> OnGetAsync(string code, string? element, string? kind, string? statement, string? source, CancellationToken cancel)
    {
        IsNew = code == "new";
        if (IsNew)
        {
            if (kind is not null && Table.Kinds.ContainsKey(kind)) Given = Given with { Kind = kind };
            if (statement is { Length: > 0 and <= 4000 }) Given = Given with { Statement = new() { [Lang] = statement } };
            if (source is { Length: > 0 and <= 4000 }) Given = Given with { Source = source };
            if (element is not null && packs.Current.Element(element) is not null) Given = Given with { Elements = new() { [element] = "supports" } };
            return Page();
        }
        if (await book.FindAsync(code, Place, cancel) is not { } item) return NotFound();
        (Given, Version) = (EvidenceBook.ToFile(item, Place.Slug), item.Version);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string code, IFormFile? file, CancellationToken cancel)
    {
        IsNew = code == "new";
        var form = await Request.ReadFormAsync(cancel);
        string Field(string name) => form[name].ToString().ReplaceLineEndings("\n").Trim();
        Version = int.TryParse(form["version"], CultureInfo.InvariantCulture, out var version) ? version : 0;
        Given = new()
        {
            Id = IsNew ? "" : code,
            Place = Place.Slug,
            Kind = Field("kind"),
            Quality = Field("quality"),
            Source = Field("source"),
            Date = Field("date") is { Length: > 0 } date ? date : null,
            Internal = form["internal"] == "true",
            Statement = form.Keys.Where(k => k.StartsWith("statement.", StringComparison.Ordinal) && Field(k).Length > 0).Take(20).ToDictionary(k => k[10..], Field),
            Elements = packs.Current.Elements.Where(e => Field($"says.{e.Id}").Length > 0).ToDictionary(e => e.Id, e => Field($"says.{e.Id}")),
        };
        FileAttachment? attached = null;
        if (file is { Length: > 0 })
        {
            if (file.Length > options.MaxUploadBytes) Errors.Add(("file", T["input.attachment-size", options.MaxUploadBytes]));
            else
            {
                using var bytes = new MemoryStream();
                await file.CopyToAsync(bytes, cancel);
                attached = new() { Name = Path.GetFileName(file.FileName), MediaType = "application/octet-stream", Bytes = bytes.ToArray() };
            }
        }
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        foreach (var problem in PlaceFileCheck.Problems(new() { Evidence = [Given] }, packs.Current, new HashSet<string> { Place.Slug }, today))
            Errors.Add((FieldOf(problem.Where), T[$"input.{problem.Code}", [.. problem.Arguments]]));
        if (Errors.Count > 0) return Again();

        var saved = await save.RunAsync(Given, Place, Version, attached, cancel);
        switch (saved)
        {
            case Saved done:
                Say(T["evidence.saved"]);
                return Redirect(Here($"evidence/{done.Code}"));
            case ChangedMeanwhile:
                Errors.Add(("source", T["evidence.changed-meanwhile"]));
                return Again();
            default:
                return NotFound();
        }
    }

    // "evidence[0].statement.ja" is the field "statement-ja"; "evidence[0].elements.P1" belongs to the group of elements.
    private static string FieldOf(string where)
    {
        var path = where.Split('.', 2)[1];
        return path.StartsWith("elements", StringComparison.Ordinal) ? "elements" : path == "statement" ? "statement-en" : path.Replace('.', '-');
    }
}
