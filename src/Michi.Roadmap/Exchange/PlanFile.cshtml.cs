using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Exchange;

/// <summary>Gives what a place plans with as a file, and takes such a file in: shows what is wrong with it, or what was done.</summary>
[Allow(Right.Contribute, Right.Plan)]
internal sealed class PlanFilePage(ImportPlanFile import, ExportPlanFile export, PlatformOptions options) : PlacePage
{
    public override string Step => "plan";

    /// <summary>Most bytes of a file, in megabytes.</summary>
    public int Megabytes => options.MaxUploadBytes / 1_000_000;

    public PlanImported? Result { get; private set; }
    public bool CheckOnly { get; private set; }
    public bool MayPlan { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel) => MayPlan = await Reader.CanAsync(Right.Plan, Place, cancel);

    public async Task<IActionResult> OnGetFileAsync(CancellationToken cancel) => File((await export.RunAsync(Place, cancel)).Write(), "application/json", $"{Place.Slug}.plan.json");

    public async Task<IActionResult> OnPostAsync(IFormFile? file, bool check, CancellationToken cancel)
    {
        (CheckOnly, MayPlan) = (check, true);
        if (file is null || file.FileName.Length == 0) return Refuse(T["plan-file.none"]);
        await using var stream = file.OpenReadStream();
        if (await Upload.BytesAsync(stream, options.MaxUploadBytes, cancel) is not { } bytes) return Refuse(T["plan-file.too-large", Megabytes]);
        Result = await import.RunAsync(Place, bytes, check, cancel);
        if (Result.Faults.Count > 0) return Refuse(T.Count("plan-file.problems", Result.Faults.Count));
        if (check) return Page();
        Say(T["plan-file.done", Result.Counts(T)]);
        return Redirect(Here("plan-file"));
    }

    private IActionResult Refuse(string sentence)
    {
        Errors.Add(("file", sentence));
        return Again();
    }
}
