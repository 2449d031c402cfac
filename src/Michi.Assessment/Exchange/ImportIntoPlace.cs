using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Exchange;

/// <summary>Imports a file through the API: the file is the body, whatever its media type.</summary>
internal static class ImportIntoPlace
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/places/{place}/import", Handle).WithMetadata(new AllowAttribute(Right.Contribute))
            .WithSummary("Import a workbook (XLSX), CSV or JSON file: everything in it, or nothing").ProducesProblem(413).ProducesProblem(422);

    /// <param name="check">True to change nothing and tell what an import would do.</param>
    public static async Task<Results<Ok<Imported>, ProblemHttpResult>> Handle(string place, HttpContext http, ImportPlaceFile import, PlatformOptions options, Words words, CancellationToken cancel, bool check = false)
    {
        if (await Upload.BytesAsync(http.Request.Body, options.MaxUploadBytes, cancel) is not { } file)
            return TypedResults.Problem(statusCode: StatusCodes.Status413PayloadTooLarge, type: "/problems/too-large", title: words["input.too-large", options.MaxUploadBytes]);
        var imported = await import.HereAsync((Place)http.Items[typeof(Place)]!, file, check, words.Language, cancel);
        return imported.Problems.Count == 0 ? TypedResults.Ok(imported) : FileProblems.Answer(imported.Problems, words, words["input.title"]);
    }
}
