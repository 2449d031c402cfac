using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Evidence;

/// <summary>One piece of evidence with its source, attached files and history; contributors retire it or bring it back.</summary>
[Allow(Right.ViewPlace, Right.Contribute)]
internal sealed class EvidenceDetailPage(EvidenceBook book, SaveEvidence save, PlaceBook files) : PlacePage
{
    public PlacedEvidence Evidence { get; private set; } = null!;
    public bool MayEdit { get; private set; }
    public IReadOnlyList<EvidenceVersion> History { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(string code, CancellationToken cancel) => await LoadAsync(code, cancel) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync(string code, int version, string? reason, bool restore, CancellationToken cancel)
    {
        if (!await LoadAsync(code, cancel)) return NotFound();
        if (!MayEdit) return Forbid();
        if (!restore && (string.IsNullOrWhiteSpace(reason) || reason.Length > 1000))
        {
            Errors.Add(("reason", string.IsNullOrWhiteSpace(reason) ? T["input.required"] : T["input.too-long", "1000"]));
            return Again();
        }
        switch (await save.RetireAsync(code, Place, version, restore ? null : reason!.Trim(), cancel))
        {
            case Saved:
                Say(T[restore ? "evidence.restored" : "evidence.is-retired"]);
                return Redirect(Here($"evidence/{code}"));
            case ChangedMeanwhile:
                Errors.Add(("reason", T["evidence.changed-meanwhile"]));
                return Again();
            default:
                return NotFound();
        }
    }

    /// <summary>An attached file, always as a download: it is somebody's upload and is not to run in a page.</summary>
    public async Task<IActionResult> OnGetFileAsync(string code, string sha256, CancellationToken cancel)
    {
        if (!await LoadAsync(code, cancel) || Evidence.Item.Attachments.FirstOrDefault(a => a.Sha256 == sha256) is not { } attachment) return NotFound();
        return await files.FileAsync(sha256, cancel) is { } bytes ? File(bytes, "application/octet-stream", attachment.Name) : NotFound();
    }

    private async Task<bool> LoadAsync(string code, CancellationToken cancel)
    {
        var contributes = await Reader.CanAsync(Right.Contribute, Place, cancel);
        if ((await book.ForReaderAsync(Place, withRetired: true, cancel)).FirstOrDefault(e => e.Item.Code == code) is not { } found) return false;
        Evidence = found;
        // Country evidence is changed at the country.
        MayEdit = contributes && !found.IsInherited;
        // Earlier versions may have been internal.
        if (await Reader.CanAsync(Right.Contribute, found.Place, cancel)) History = await book.HistoryAsync(found.Item.Id, cancel);
        return true;
    }
}
