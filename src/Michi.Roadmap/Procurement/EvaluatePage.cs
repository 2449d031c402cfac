using Michi.Approach;
using Michi.Platform;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Michi.Roadmap.Procurement;

/// <summary>Base of the pages behind an evaluator's link; an unknown, a removed and an expired link are told apart by nothing.</summary>
internal abstract class EvaluatePage(TenderBook book, ProcurementTemplates templates) : MichiPage
{
    public EvaluatorPass Pass { get; private set; } = null!;
    public PackWords Names => templates.Words(Lang);
    public string Title => Pass.Procurement.Facts.NameIn(Lang);

    protected string Secret => (string)RouteData.Values["secret"]!;

    /// <summary>The address of a page behind this link.</summary>
    public string Within(string path = "") => At(path.Length == 0 ? $"evaluate/{Secret}" : $"evaluate/{Secret}/{path}");

    /// <summary>What a criterion or part is called.</summary>
    public string Criterion(string id) => ProcurementPage.CriterionName(Names, Pass.Plan!.Plan.Template, id);

    [NonHandler]
    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (await LoadAsync(HttpContext.RequestAborted)) await next();
        else context.Result = NotFound();
    }

    protected async Task<bool> LoadAsync(CancellationToken cancel)
    {
        if (await book.PassAsync(Secret, cancel) is not { } pass) return false;
        Pass = pass;
        return true;
    }

    protected async Task<IActionResult> AfterAsync(StepTaken taken, string said, string to, CancellationToken cancel)
    {
        if (taken.Status == 404 || !await LoadAsync(cancel)) return NotFound();
        if (taken.IsDone)
        {
            Say(T[$"tender.said.{said}"]);
            return Redirect(Within(to));
        }
        Errors.AddRange(taken.Faults.Select(f => (f.Field, f.Sentence(T))));
        Response.StatusCode = taken.Status;
        return Page();
    }
}
