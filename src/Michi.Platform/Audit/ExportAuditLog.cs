using System.Globalization;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Audit;

/// <summary>The audit log as a table (CSV), of the installation or of a place.</summary>
internal static class ExportAuditLog
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/{lang:lang}/admin/log.csv", Handle).WithMetadata(new AllowAttribute(Right.Administer)).WithSummary("The audit log as CSV");
        routes.MapGet("/{lang:lang}/{place}/log.csv", Handle).WithMetadata(new AllowAttribute(Right.ManagePlace)).WithSummary("A place's audit log as CSV");
    }

    public static async Task<IResult> Handle(string? place, string? person, string? action, string? from, string? to, HttpContext http, AuditLog log, PlaceDirectory places, Words words, CancellationToken cancel)
    {
        var (lines, faults) = await log.SelectAsync(new(place, person, action, from, to), http.Items[typeof(Place)] as Place, cancel);
        if (faults.Count > 0) return Results.StatusCode(StatusCodes.Status400BadRequest);
        var slugs = (await places.ItemsAsync(cancel)).ToDictionary(p => p.Id, p => p.Slug);
        string[] headings = [words["log.time"], words["tables.column.account"], words["log.person"], words["log.action"], words["log.place"], words["log.subject"]];
        return Results.Stream(stream => CsvTable.WriteAsync(stream, headings, lines.OrderByDescending(e => e.Id).AsAsyncEnumerable().Select(line => (IReadOnlyList<TableCell>)
        [
            line.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), line.AccountId?.ToString(), line.Actor, line.Action,
            line.PlaceId is { } id ? slugs.GetValueOrDefault(id) : null, line.Subject,
        ]), cancel), "text/csv; charset=utf-8", "michi-log.csv");
    }
}
