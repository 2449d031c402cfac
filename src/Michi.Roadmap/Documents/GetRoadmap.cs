using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Documents;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Roadmap.Plans;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Roadmap.Documents;

/// <summary>The roadmap of a place through the API.</summary>
internal static class GetRoadmap
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/places/{place}/roadmap", Handle).WithMetadata(new AllowAttribute(Right.ViewPlace)).WithSummary("The adopted plan of a place as json, html, pdf, xlsx, csv, MS Project xml or ics")
            .ProducesProblem(404).ProducesProblem(422).ProducesProblem(503);

    /// <param name="lang">Language of texts.</param>
    /// <param name="kind"><c>full</c> or <c>summary</c>, for html and pdf.</param>
    public static async Task<Results<FileContentHttpResult, NotFound, ProblemHttpResult>> Handle(
        string place, HttpContext http, PlanBook book, PlanSubjects subjects, PdfPress press, UiTexts texts, CancellationToken cancel, string lang = "en", string kind = "full", string format = "json")
    {
        if (!texts.Languages.Contains(lang)) return InputProblems.Unknown("language", lang, texts.Languages);
        if (kind is not ("full" or "summary")) return InputProblems.Unknown("kind", kind, ["full", "summary"]);
        if (!PlanWriter.Endings.Contains(format)) return InputProblems.Unknown("format", format, PlanWriter.Endings);
        var of = (Place)http.Items[typeof(Place)]!;
        if (await book.AdoptedAsync(of.Id, cancel) is not { } plan) return TypedResults.NotFound();
        var (subject, isSummary) = (subjects.Of(of, await book.ReadAsync(plan, cancel), lang), kind == "summary");
        if (PlanWriter.IsDocument(format)) subject = await subjects.ForDocumentAsync(subject, cancel);
        try
        {
            var bytes = await PlanWriter.WriteAsync(subject, format, isSummary, html => press.PrintAsync(html, cancel));
            http.Response.Headers.CacheControl = "private, no-store";
            return TypedResults.File(bytes, PlanWriter.MediaType(format), PlanWriter.NameOf(subject, format, isSummary));
        }
        catch (PdfException fault)
        {
            return InputProblems.Unprinted(fault.Fault, texts.In(lang));
        }
    }
}
