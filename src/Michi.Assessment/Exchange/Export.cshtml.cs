using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Packs;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Exchange;

/// <summary>Hands a place out as a file: the page offers the kinds, and with <c>?format=</c> sends one.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ExportPage(ExportPlaceFile export, PackStore packs, UiTexts texts, PlatformOptions options, TimeProvider clock) : PlacePage
{
    public bool WithInternal { get; private set; }

    /// <summary>Languages a workbook can be had in, this page's first.</summary>
    public IReadOnlyList<(string Tag, string Name)> Languages =>
        [.. options.Languages.Split(',').OrderBy(l => l != Lang).Select(l => (l, texts.In(l)["language.name"]))];

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel, string? format = null, string table = "evidence", string? @in = null, bool files = true)
    {
        WithInternal = await Reader.CanAsync(Right.Contribute, Place, cancel);
        if (format is null) return Page();
        // The language in the address is the page's; a workbook may be wanted in another.
        var lang = @in ?? Lang;
        Errors.AddRange(ExportPlace.Faults(format, table, lang, texts).Select(p => ("main", p.Sentence(T))));
        if (Errors.Count > 0) return Again();
        if (await export.ForReaderAsync(Place, format == "json" && files, cancel) is not { } file)
        {
            Errors.Add(("json", T["input.attachments-size", ExportPlaceFile.MaxAttachedBytes / 1_000_000]));
            return Again();
        }
        var (bytes, mediaType) = ExportPlace.Write(file, format, table, lang, packs.Current, texts);
        return File(bytes, mediaType, ExportPlace.NameOf(Place.Slug, format, table, clock));
    }
}
