using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Packs;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Assessment.Rounds;

/// <summary>Base of a page about one assessment of a place; one of another place is not found.</summary>
internal abstract class AssessmentPage(RoundBook book) : PlacePage
{
    protected RoundBook Book => book;

    public RatedAssessment Assessment { get; private set; } = null!;

    /// <summary>The pack the assessment is made with; it may be older than the current one.</summary>
    public ContentPack MadeWith { get; private set; } = null!;

    /// <summary>That pack's texts in the page's language.</summary>
    public PackWords Names => MadeWith.Words(Lang);

    /// <summary>The address of a page of this assessment.</summary>
    public string Within(string path = "") => Here(path.Length == 0 ? $"rounds/{Assessment.Id}" : $"rounds/{Assessment.Id}/{path}");

    [NonHandler]
    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        var cancel = HttpContext.RequestAborted;
        var found = Guid.TryParse((string?)RouteData.Values["assessment"], out var id) ? await book.FindAsync(Place.Id, id, cancel) : null;
        if (found is null)
        {
            context.Result = NotFound();
            return;
        }
        Assessment = found;
        MadeWith = await HttpContext.RequestServices.GetRequiredService<PackStore>().GetAsync(found.PackHash, cancel);
        await next();
    }

    /// <summary>Shows the page again with why it was refused, and the refusal's status.</summary>
    protected IActionResult Again(IReadOnlyList<Refusal> refused)
    {
        Errors.AddRange(refused.Select(r => (r.Field, r.In(T))));
        Response.StatusCode = refused[0].Status;
        return Page();
    }
}
