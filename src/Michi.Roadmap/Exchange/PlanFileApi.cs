using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Roadmap.Exchange;

/// <summary>What an import of a plan file did, or would do.</summary>
internal sealed record PlanFileCounts(int Added, int Changed, int Same);

/// <summary>What a place plans with, out and in as one file (<c>michi-plan/1</c>).</summary>
internal static class PlanFileApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/places/{place}/plan-file", GetAsync).WithMetadata(new AllowAttribute(Right.Contribute)).WithSummary("Everything a place plans with, as a file of the format michi-plan/1");
        routes.MapPost("/api/places/{place}/plan-file", PostAsync).WithMetadata(new AllowAttribute(Right.Plan)).WithSummary("Import a plan file: everything in it, or nothing").ProducesProblem(413).ProducesProblem(422);
    }

    private static async Task<FileContentHttpResult> GetAsync(string place, HttpContext http, ExportPlanFile export, CancellationToken cancel)
    {
        var of = (Place)http.Items[typeof(Place)]!;
        return TypedResults.File((await export.RunAsync(of, cancel)).Write(), "application/json", $"{of.Slug}.plan.json");
    }

    /// <param name="check">True to change nothing and tell what an import would do.</param>
    private static async Task<Results<Ok<PlanFileCounts>, ProblemHttpResult>> PostAsync(string place, HttpContext http, ImportPlanFile import, PlatformOptions options, Words words, CancellationToken cancel, bool check = false)
    {
        if (await Upload.BytesAsync(http.Request.Body, options.MaxUploadBytes, cancel) is not { } bytes)
            return TypedResults.Problem(statusCode: StatusCodes.Status413PayloadTooLarge, type: "/problems/too-large", title: words["input.too-large", options.MaxUploadBytes]);
        var imported = await import.RunAsync((Place)http.Items[typeof(Place)]!, bytes, check, cancel);
        return imported.Faults.Count == 0 ? TypedResults.Ok(new PlanFileCounts(imported.Added, imported.Changed, imported.Same)) : InputProblems.Of(imported.Faults, words);
    }
}
