using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Exchange;

/// <summary>Takes a file of evidence, facts and ratings in; shows what is wrong with it, or what was done.</summary>
[Allow(Right.Contribute)]
internal sealed class ImportPage(ImportPlaceFile import, PlatformOptions options) : PlacePage
{
    /// <summary>Most bytes of a file, in megabytes.</summary>
    public int Megabytes => options.MaxUploadBytes / 1_000_000;

    public Imported? Result { get; private set; }

    public bool CheckOnly { get; private set; }

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync(IFormFile? file, bool check, CancellationToken cancel)
    {
        CheckOnly = check;
        if (file is null || file.FileName.Length == 0) return Refuse(T["exchange.import.none"]);
        await using var stream = file.OpenReadStream();
        if (await Upload.BytesAsync(stream, options.MaxUploadBytes, cancel) is not { } bytes) return Refuse(T["exchange.import.too-large", Megabytes]);
        Result = await import.HereAsync(Place, bytes, check, Lang, cancel);
        if (Result.Problems.Count > 0) return Refuse(T.Count("exchange.import.problems", Result.Problems.Count));
        if (check) return Page();
        Say(T["exchange.import.done", Result.Counts(T)]);
        return Redirect(Here("import"));
    }

    private IActionResult Refuse(string sentence)
    {
        Errors.Add(("file", sentence));
        return Again();
    }
}
