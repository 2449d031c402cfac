using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Michi.Roadmap.Procurement;

/// <summary>The award of a tender as everybody who may see the place sees it: winner, prices, mean scores; no evaluator and no single score.</summary>
[Allow(Right.ViewPlace)]
internal sealed class AwardPage(TenderBook tenders, ProcurementTemplates templates, PlatformOptions options) : PlacePage
{
    public override string Step => "plan";
    public TenderCase Case { get; private set; } = null!;
    public Bidder Winner => Case.Bidders.First(b => b.Number == Case.Decision!.Bid);

    public string Criterion(string id) => ProcurementPage.CriterionName(templates.Words(Lang), Case.Plan.Plan.Template, id);

    [NonHandler]
    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        // Before the award, and where what was sealed has been changed, there is nothing to show.
        if (!Guid.TryParse((string?)RouteData.Values["id"], out var id) || await tenders.ReadAsync(Place, id, HttpContext.RequestAborted) is not { State: TenderState.Awarded, IsIntact: true } read)
        {
            context.Result = NotFound();
            return;
        }
        Case = read;
        await next();
    }

    public void OnGet()
    {
    }

    public IActionResult OnGetTable(string? format, string? table) => table switch
    {
        "means" => TableDownload.Answer(format, $"{Place.Slug}-technical-scores", TenderTables.Means(Case, T, Criterion)),
        "ranking" => TableDownload.Answer(format, $"{Place.Slug}-ranking", TenderTables.Ranking(Case, T)),
        _ => NotFound(),
    };

    public IActionResult OnGetOcds() => OcdsRelease.File(Case, options.OcidPrefix, T, Request);
}
