using Michi.CityOs.Entities;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.21 Purge Entities: takes away all that match, or only some of their attributes.</summary>
internal static class PurgeEntities
{
    /// <summary>Entities changed in one commit.</summary>
    private const int Portion = 500;

    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept([.. EntityQueryReader.Parameters, "drop", "keep", "csf", "local", "via"]);
        await call.ReadContextAsync();
        var query = EntityQueryReader.Read(call);
        EntityQueryReader.CheckWidth(call, query);
        if (query.FollowsLinks) throw NgsiLdException.BadRequestData("A purge cannot follow relationships.");
        var (drop, keep) = (Names(call, "drop"), Names(call, "keep"));
        if (drop is not null && keep is not null) throw NgsiLdException.BadRequestData("drop and keep exclude each other.");
        var found = EntityQueryReader.ForStore(call, query);
        var after = 0L;
        while (true)
        {
            var page = await call.Store.QueryAsync(call.Tenant, found, new(Portion, After: after), call.Cancel);
            if (page.Entities.Count == 0) break;
            after = page.Last;
            await call.Store.WriteAsync(call.Tenant, [.. page.Entities.Select(e => new EntityChange(e.Id, (current, now) => current is null ? null : drop is null && keep is null ? null : Reduce(current, drop, keep, now)))], call.Cancel);
            if (!page.HasMore) break;
        }
        await call.DoneAsync();
    }

    private static Entity Reduce(Entity entity, HashSet<string>? drop, HashSet<string>? keep, DateTimeOffset now)
    {
        List<EntityAttribute> left = [.. entity.Attributes.Where(a => drop?.Contains(a.Name) != true && keep?.Contains(a.Name) != false)];
        if (left.Count == entity.Attributes.Count) return entity;
        var reduced = entity.With(left);
        reduced.ModifiedAt = now;
        return reduced;
    }

    private static HashSet<string>? Names(NgsiLdCall call, string parameter) =>
        call.Parameter(parameter)?.Split(',').Select(n => EntityReader.IsName(n) ? call.Context.Expand(n) : throw NgsiLdException.BadRequestData($"{n} in {parameter} is not the name of an attribute.")).ToHashSet();
}
