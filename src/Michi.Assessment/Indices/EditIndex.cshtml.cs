using System.Globalization;
using Michi.Assessment.Exchange;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Indices;

/// <summary>The form that adds an index (id <c>new</c>) or a version of one.</summary>
[Allow(Right.Contribute)]
internal sealed class EditIndexPage(IndexBook book, UiTexts texts, PlatformOptions options) : PlacePage
{
    /// <summary>The newest version; null for a new index.</summary>
    public IndexHead? Head { get; private set; }

    public Dictionary<string, string> Names { get; private set; } = [];
    public string Source { get; private set; } = "";
    public int Version { get; private set; }

    /// <summary>What is wrong in the files, by address.</summary>
    public IReadOnlyList<InputProblem> Faults { get; private set; } = [];

    public int MaxMegabytes => options.MaxUploadBytes / 1_000_000;

    public IEnumerable<string> Languages => options.Languages.Split(',').OrderBy(l => l != Lang).Concat(Names.Keys).Distinct();

    public string LanguageName(string language) => texts.Languages.Contains(language) ? texts.In(language)["language.name"] : language;

    public async Task<IActionResult> OnGetAsync(string id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        if (Head is not null) (Names, Source, Version) = (Head.Names, Head.Source, Head.Version);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        var form = await Request.ReadFormAsync(cancel);
        var upload = await IndexUpload.OfAsync(form, needsTable: Head is null, options.MaxUploadBytes, cancel);
        (Names, Source, Version) = (upload.Names, upload.Source, int.TryParse(form["version"], CultureInfo.InvariantCulture, out var version) ? version : 0);
        var ofForm = upload.Problems.ToLookup(p => p.Where is "source" or "files" || p.Where.StartsWith("name-", StringComparison.Ordinal));
        foreach (var problem in ofForm[true]) Errors.Add((problem.Where, Sentence(problem)));
        Faults = [.. ofForm[false]];
        if (Faults.Count > 0) Errors.Add(("files", T.Count("indices.faults", Faults.Count)));
        if (Head is not null && Version != Head.Version) Errors.Add(("source", T["indices.changed-meanwhile"]));
        if (Errors.Count > 0) return Again();

        if (Head is null)
        {
            if (await book.AddAsync(Place, Names, Source, upload.Table!, cancel) is not { } added)
            {
                Errors.Add(("files", T["indices.too-many", IndexBook.MaxIndices]));
                return Again();
            }
            Say(T["indices.added"]);
            return Redirect(Here($"indices/{added}"));
        }
        if (!await book.ChangeAsync(Place, Head with { Names = Names, Source = Source }, "index.change", upload.Table, cancel))
        {
            Errors.Add(("source", T["indices.changed-meanwhile"]));
            return Again();
        }
        Say(T["indices.saved"]);
        return Redirect(Here($"indices/{Head.Id}"));
    }

    public string Sentence(InputProblem problem) => T[$"input.{problem.Code}", [.. problem.Arguments]];

    private async Task<bool> FindAsync(string id, CancellationToken cancel)
    {
        if (Place.Kind != PlaceKind.Country) return false;
        if (id == "new") return true;
        if (!Guid.TryParse(id, out var guid) || (await book.VersionsAsync(Place, guid, cancel)) is not [var head, ..] || head.WithdrawnAt is not null) return false;
        Head = head;
        return true;
    }
}
