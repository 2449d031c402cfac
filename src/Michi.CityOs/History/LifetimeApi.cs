using System.Globalization;
using Michi.CityOs.Storage;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Audit;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Michi.CityOs.History;

/// <summary>How long history is kept through the API: of a place, and of the default tenant, which belongs to the installation.</summary>
internal static class LifetimeApi
{
    /// <summary>How long the values of a type are kept.</summary>
    /// <param name="Type">Short name, or the name in full where the core context has none; null for all types that have no rule of their own.</param>
    /// <param name="Days">Until values are deleted; null for never.</param>
    /// <param name="Detail">Days until of numbers only means are left; null for never.</param>
    /// <param name="Period">Seconds each mean is over.</param>
    public sealed record Rule(string? Type, int? Days, int? Detail, int Period);

    /// <param name="Period">60, 300, 900, 3600, 21600 or 86400.</param>
    /// <param name="Sure">Has to be true: older values are lost for good.</param>
    public sealed record Change(int? Days, int? Detail, int Period = LifetimeSheet.Usual, bool Sure = false);

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, allow) in ((string, AllowAttribute)[])[("/api/places/{place}/city-os/history", new(Right.Contribute, Right.ManagePlace)), ("/api/city-os/history", new(Right.Administer))])
        {
            var group = routes.MapGroup(path).WithMetadata(allow);
            group.MapGet("", ListAsync).WithSummary("List how long history is kept, type by type; what no rule is about is kept for ever").Produces<List<Rule>>();
            group.MapPut("", SetAsync).WithSummary("Set how long the history of a type, or of all that have no rule of their own, is kept").Produces(204).ProducesProblem(422);
            group.MapDelete("", RemoveAsync).WithSummary("Take the rule of a type, or that of all others, away").Produces(204).ProducesProblem(404).ProducesProblem(422);
        }
    }

    public static async Task<IResult> ListAsync(HttpContext http, ICityStore store, IHistory history, CancellationToken cancel) =>
        TypedResults.Ok((await ReadAsync(http, store, history, null, cancel)).Rows.Where(r => r.Own is not null)
            .Select(r => new Rule(r.Type is null ? null : r.Key, r.Own!.Value.Days, r.Own.Value.DetailDays, r.Own.Value.PeriodSeconds)).ToList());

    public static async Task<IResult> SetAsync(HttpContext http, string? type, Change change, ICityStore store, IHistory history, AuditTrail audit, Words words, CancellationToken cancel)
    {
        var input = new LifetimeInput(type, Text(change.Days), Text(change.Detail), change.Period, change.Sure);
        var faults = await (await ReadAsync(http, store, history, type, cancel)).SetAsync(input, words, audit, PlaceOf(http)?.Id, cancel);
        return faults.Count > 0 ? InputProblems.OfSentences(faults, words) : TypedResults.NoContent();

        static string? Text(int? days) => days?.ToString(CultureInfo.InvariantCulture);
    }

    public static async Task<IResult> RemoveAsync(HttpContext http, string? type, ICityStore store, IHistory history, AuditTrail audit, Words words, CancellationToken cancel, bool sure = false)
    {
        return await (await ReadAsync(http, store, history, type, cancel)).RemoveAsync(type, sure, audit, PlaceOf(http)?.Id, cancel) switch
        {
            LifetimeRemoval.Done => TypedResults.NoContent(),
            LifetimeRemoval.NotSure => InputProblems.OfSentences([(nameof(sure), words["lifetime.not-sure"])], words),
            _ => InputProblems.Missing(words),
        };
    }

    private static Task<LifetimeSheet> ReadAsync(HttpContext http, ICityStore store, IHistory history, string? type, CancellationToken cancel) =>
        LifetimeSheet.ReadAsync(store, history, PlaceOf(http)?.Slug ?? "", type, cancel);

    /// <summary>Null for the default tenant.</summary>
    private static Place? PlaceOf(HttpContext http) => (Place?)http.Items[typeof(Place)];
}
