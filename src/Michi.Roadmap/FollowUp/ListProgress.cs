using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.FollowUp;

/// <summary>Every report on the initiatives of a place.</summary>
internal static class ListProgress
{
    public sealed record Row(
        string Initiative, string Quarter, int Version, string State, string? Started, string? End, double Done, List<string> Milestones, Dictionary<string, decimal> Spent, Dictionary<string, double> Kpis, string Note,
        DateTimeOffset ChangedAt);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/places/{place}/progress", Handle).WithMetadata(new AllowAttribute(Right.ViewPlace))
        .WithSummary("List the progress reports of a place, by initiative and quarter");

    public static async Task<Ok<List<Row>>> Handle(string place, HttpContext http, RoadmapDb db, CancellationToken cancel)
    {
        var id = ((Place)http.Items[typeof(Place)]!).Id;
        var reports = await db.Progress.AsNoTracking().Where(p => p.PlaceId == id).OrderBy(p => p.Initiative).ThenBy(p => p.Quarter).ToListAsync(cancel);
        return TypedResults.Ok(reports.Select(p => new Row(p.Initiative, p.Quarter, p.Version, p.Facts.State, p.Facts.Started?.ToString(), p.Facts.End?.ToString(), p.Facts.Done * 100, p.Facts.Milestones,
            p.Facts.Spent, p.Facts.Kpis, p.Facts.Note, p.ChangedAt)).ToList());
    }
}
