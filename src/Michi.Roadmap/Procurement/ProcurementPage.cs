using Michi.Approach;
using Michi.Platform;
using Michi.Roadmap.Initiatives;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Michi.Roadmap.Procurement;

/// <summary>Base of a page about one procurement of a place; one of another place is not found.</summary>
internal abstract class ProcurementPage(ProcurementBook book, ProcurementTemplates templates) : PlacePage
{
    public override string Step => "plan";
    protected ProcurementBook Book => book;
    public ProcurementTemplates Templates => templates;
    public PackWords Names => templates.Words(Lang);
    public Procurement Procurement { get; private set; } = null!;
    public ProcurementFacts Facts => Procurement.Facts;

    /// <summary>Whether a bid rests on the terms, so that they cannot be changed any more.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>The version a form is based on.</summary>
    public int Version { get; protected set; }

    /// <summary>Who changed it meanwhile, and when; null where nobody did.</summary>
    public string? Meanwhile { get; private set; }

    public string Within(string path = "") => Here(path.Length == 0 ? $"procurement/{Procurement.Id}" : $"procurement/{Procurement.Id}/{path}");

    public string TextIn(Dictionary<string, string> texts) => InitiativeFacts.TextIn(texts, Lang);

    /// <summary>What a criterion or part is called.</summary>
    public string Criterion(string id) => CriterionName(Names, Facts.Plan.Template, id);

    internal static string CriterionName(PackWords names, string template, string id) => names[id.Split('.') is [var criterion, var part]
        ? $"templates.{template}.criteria.{criterion}.parts.{part}" : $"templates.{template}.criteria.{id}.name"];

    [NonHandler]
    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (!Guid.TryParse((string?)RouteData.Values["id"], out var id) || await book.FindAsync(Place, id, HttpContext.RequestAborted) is not { } found)
        {
            context.Result = NotFound();
            return;
        }
        (Procurement, Version, IsFrozen) = (found, found.Version, await book.IsFrozenAsync(id, HttpContext.RequestAborted));
        await next();
    }

    /// <summary>Saves a checked change, or shows the form again with what the newest version says.</summary>
    protected async Task<IActionResult> SaveAsync(int basedOn, string what, string field, Func<ProcurementFacts, ProcurementFacts> change, CancellationToken cancel)
    {
        var saved = await book.SaveAsync(Place, Procurement.Id, basedOn, what, change, cancel);
        if (saved.Now is null) return NotFound();
        if (saved.IsSaved)
        {
            Say(T["procurement.saved"]);
            return Redirect($"{Within()}#{what}");
        }
        (Procurement, Version) = (saved.Now, saved.Now.Version);
        Response.StatusCode = 409;
        if (saved.IsFrozen)
        {
            Errors.Add((field, T["tender.frozen-refused"]));
            return Page();
        }
        Meanwhile = T["procurement.meanwhile", Isolate(saved.Now.ChangedBy), Moment(saved.Now.ChangedAt)];
        Errors.Add((field, Meanwhile));
        return Page();
    }
}
