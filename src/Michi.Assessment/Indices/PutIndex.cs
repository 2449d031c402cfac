using System.Globalization;
using Michi.Assessment.Exchange;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Indices;

/// <summary>Adds a composite index, or a version of one, through the API: a form with <c>name.en</c>…, <c>source</c> and the files of the table.</summary>
internal static class PutIndex
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var indices = routes.MapGroup("/api/places/{place}/indices").WithMetadata(new AllowAttribute(Right.Contribute)).ProducesProblem(422);
        indices.MapPost("", AddAsync).Accepts<IFormFile>("multipart/form-data").WithSummary("Add a composite index from a workbook or two CSV files");
        indices.MapPut("{id:guid}", ChangeAsync).Accepts<IFormFile>("multipart/form-data").WithSummary("Add a version to a composite index; “version” names the one it is based on").ProducesProblem(404).ProducesProblem(409);
    }

    public static async Task<Results<Created, ProblemHttpResult>> AddAsync(string place, HttpContext http, IndexBook book, PlatformOptions options, Words words, CancellationToken cancel)
    {
        if (PlaceOf(http) is not { Kind: PlaceKind.Country } country) return Missing(words);
        var upload = await ReadAsync(http, needsTable: true, options, cancel);
        if (upload.Problems.Count > 0) return FileProblems.Answer(upload.Problems, words, words["input.title"]);
        return await book.AddAsync(country, upload.Names, upload.Source, upload.Table!, cancel) is { } id
            ? TypedResults.Created($"/api/places/{place}/indices/{id}")
            : TypedResults.Problem(statusCode: 422, type: "/problems/input", title: words["indices.too-many", IndexBook.MaxIndices]);
    }

    public static async Task<Results<NoContent, ProblemHttpResult>> ChangeAsync(string place, Guid id, HttpContext http, IndexBook book, PlatformOptions options, Words words, CancellationToken cancel)
    {
        if (await book.VersionsAsync(PlaceOf(http), id, cancel) is not [{ WithdrawnAt: null } head, ..]) return Missing(words);
        var upload = await ReadAsync(http, needsTable: false, options, cancel);
        if (upload.Problems.Count > 0) return FileProblems.Answer(upload.Problems, words, words["input.title"]);
        return (await http.Request.ReadFormAsync(cancel))["version"] == head.Version.ToString(CultureInfo.InvariantCulture)
            && await book.ChangeAsync(PlaceOf(http), head with { Names = upload.Names, Source = upload.Source }, "index.change", upload.Table, cancel)
            ? TypedResults.NoContent()
            : TypedResults.Problem(statusCode: 409, type: "/problems/changed-meanwhile", title: words["indices.changed-meanwhile"]);
    }

    private static async Task<IndexUpload> ReadAsync(HttpContext http, bool needsTable, PlatformOptions options, CancellationToken cancel) =>
        await IndexUpload.OfAsync(http.Request.HasFormContentType ? await http.Request.ReadFormAsync(cancel) : FormCollection.Empty, needsTable, options.MaxUploadBytes, cancel);

    private static Place PlaceOf(HttpContext http) => (Place)http.Items[typeof(Place)]!;

    private static ProblemHttpResult Missing(Words words) => TypedResults.Problem(statusCode: 404, type: "/problems/not-found", title: words["error.title-404"]);
}
