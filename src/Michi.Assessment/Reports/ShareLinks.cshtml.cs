using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Reports;

/// <summary>Where a facilitator makes links to the report that work without an account, and withdraws them.</summary>
[Allow(Right.Facilitate)]
internal sealed class ShareLinksPage(ShareBook book, TimeProvider clock) : PlacePage
{
    private const string SecretKey = "share-secret";

    /// <summary>The lives offered for a link, in days.</summary>
    public static IReadOnlyList<int> Days { get; } = [7, 30, 90, ShareBook.MaxDays];

    public IReadOnlyList<ShareLink> Links { get; private set; } = [];
    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>The address of the link just made, shown this once.</summary>
    public string? New { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        // The browser kept the secret, encrypted, from the request that made it to this one.
        if (TempData[SecretKey] is string secret) New = $"{Request.Scheme}://{Request.Host}{At($"shared/{secret}")}";
        Links = await book.OfAsync(Place, cancel);
    }

    public async Task<IActionResult> OnPostAsync(int days, CancellationToken cancel)
    {
        if (!Days.Contains(days)) Errors.Add(("days-7", T["report.links.days-missing"]));
        else if (await book.AddAsync(Place, days, cancel) is not var (_, secret)) Errors.Add(("days-7", T["report.links.too-many", ShareBook.MaxLinks]));
        else
        {
            TempData[SecretKey] = secret;
            return Redirect(Here("report/links"));
        }
        Links = await book.OfAsync(Place, cancel);
        return Again();
    }

    public async Task<IActionResult> OnPostWithdrawAsync(Guid id, CancellationToken cancel)
    {
        if (!await book.WithdrawAsync(Place, id, cancel)) return NotFound();
        Say(T["report.links.withdrawn"]);
        return Redirect(Here("report/links"));
    }
}
