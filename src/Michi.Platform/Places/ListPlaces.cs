using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Michi.Platform.Places;

/// <summary>The places the reader may see.</summary>
internal static class ListPlaces
{
    private const int PageSize = 500;

    /// <param name="Parent">Slug of the place above, where the reader may see it.</param>
    public sealed record Item(string Slug, string Kind, string? Parent, Dictionary<string, string> Names, string? CountryCode, bool IsPublic, bool IsDemonstration);

    /// <param name="Next">Pass it as <c>after</c> to go on; null at the end.</param>
    public sealed record Answer(IReadOnlyList<Item> Places, string? Next);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/places", Handle).WithMetadata(new AllowAttribute(Right.Anyone))
        .WithSummary("The places you may see, 500 at a time in order of slug").Produces<Answer>();

    public static async Task<Answer> Handle(string? after, Reader reader, CancellationToken cancel)
    {
        var all = await reader.PlacesAsync(Right.ViewPlace, cancel);
        var slugs = all.ToDictionary(p => p.Id, p => p.Slug);
        var rest = all.Where(p => after is null || string.CompareOrdinal(p.Slug, after) > 0).OrderBy(p => p.Slug, StringComparer.Ordinal).Take(PageSize + 1).ToList();
        var items = rest.Take(PageSize).Select(p => new Item(
            p.Slug, p.Kind.ToString().ToLowerInvariant(), p.ParentId is { } id ? slugs.GetValueOrDefault(id) : null, p.Names, p.CountryCode, p.IsPublic, p.IsDemonstration)).ToList();
        return new(items, rest.Count > PageSize ? items[^1].Slug : null);
    }
}
