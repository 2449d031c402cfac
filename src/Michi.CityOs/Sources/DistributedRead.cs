using System.Text;
using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;
using Michi.CityOs.Storage;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Sources;

/// <summary>Reads entities from this broker and from context sources together, ETSI GS CIM 009, clauses 4.3.6, 5.7.1.4, 5.7.2.4 and 6.3.17.</summary>
internal sealed class DistributedRead
{
    /// <summary>Entities asked for at once.</summary>
    private const int MostAtOnce = RequestedPage.MostLimit;

    /// <summary>Entities of one source that are gone through for one request, page by page.</summary>
    private const int MostOfSource = 10_000;

    /// <summary>Entities of this broker that are gone through to find where those of the sources begin.</summary>
    private const int MostOwn = 50_000;

    /// <summary>Entities of this broker that are looked at where conditions only hold of entities put together.</summary>
    private const int MostSplit = 5_000;

    /// <summary>Entities that conditions lead to.</summary>
    private const int MostLinked = 10_000;

    /// <summary>Entities asked for one by one, of a source that takes no queries.</summary>
    private const int MostSingly = 100;

    /// <summary>Characters of an address; what is longer is sent as a document where the source takes one.</summary>
    private const int LongestAddress = 4_000;

    private readonly NgsiLdCall _call;
    private readonly EntityQuery _query;
    private readonly Filters _filters;

    /// <summary>Whether conditions hold of entities once they are put together: the request says so, or they follow relationships.</summary>
    private readonly bool _isSplit;
    private readonly List<Part> _parts;

    private DistributedRead(NgsiLdCall call, EntityQuery query, Filters filters, bool isSplit, List<Part> parts) => (_call, _query, _filters, _isSplit, _parts) = (call, query, filters, isSplit, parts);

    /// <summary>What one source is asked for.</summary>
    /// <param name="Attributes">Expanded; null for all.</param>
    /// <param name="Ids">Null for any.</param>
    /// <param name="Types">Expanded; null for any.</param>
    /// <param name="IsKnown">Whether entities are asked for by their ids, without conditions.</param>
    private sealed record Part(
        ContextSourceRegistration Source, JsonLdContext Context, IReadOnlySet<string>? Attributes, IReadOnlyCollection<string>? Ids, string? IdPattern, IReadOnlyCollection<string>? Types, bool IsKnown = false);

    /// <summary>What one source told.</summary>
    /// <param name="Fault">Its last answer where that was an error; null otherwise.</param>
    /// <param name="HasMore">Whether it may have more than it was asked for.</param>
    private sealed record Gathered(List<Entity> Entities, SourceAnswer? Fault, bool HasMore);

    /// <summary>Conditions as the request told them.</summary>
    private sealed record Filters(string? Q, string? Scope, string? Georel, string? Geometry, string? Coordinates, string? GeoProperty)
    {
        public static readonly Filters None = new(null, null, null, null, null, null);
    }

    /// <summary>An entity as this broker and the sources hold it together, null where nobody has it; and who has it, "@none" standing for this broker.</summary>
    /// <param name="among">Ids of the registrations that are asked; null for all.</param>
    public static async ValueTask<(Entity? Entity, IReadOnlyList<string> Holders)> FindAsync(NgsiLdCall call, string id, Representation told, IReadOnlySet<string>? among)
    {
        var local = await call.Store.FindAsync(call.Tenant, id, call.Cancel);
        IReadOnlyCollection<string>? types = local is not null ? local.Types : (call.Parameter("type") is { } type && TypeSelection.Parse(type, call.Context) is { IsAnyOf: true } named ? named.Names : null);
        var wanted = Wanted(told);
        var sources = await SourceSelection.OfAsync(call, s => s.For(id, types).Where(r => among?.Contains(r.Id) != false && r.Covers(id, types, out var has) && (wanted is null || has is null || wanted.Overlaps(has)) && OperationOf(r, isOne: true) != SourceOperation.None));
        if (sources.Count == 0) return (local, EntityMaps.HoldersOf(local is not null, []));
        List<Part> parts = [];
        foreach (var source in sources) parts.Add(await PartOfAsync(call, source, [id], _ => types, wanted));
        var read = new DistributedRead(call, EntityQuery.Everything, Filters.None, false, parts);
        var answers = await Task.WhenAll(parts.Select(p => read.GatherAsync(p, 1)));
        if (local is null && parts.Count == 1 && parts[0].Source.IsProxy && answers[0].Fault?.Status == StatusCodes.Status508LoopDetected) throw SourceSelection.Loop(parts[0].Source);
        var holders = parts.Zip(answers).Where(p => p.Second.Entities.Count > 0).Select(p => p.First.Source.Id);
        return (read.Merge(local is null ? [] : [local], [.. answers.Select(a => a.Entities)]).Values.FirstOrDefault(e => e.Id == id), EntityMaps.HoldersOf(local is not null, holders));
    }

    /// <summary>Entities as this broker and the sources hold them together; each source is asked for all it may have of them at once.</summary>
    /// <param name="ids">With their types, as far as these are known without the entities.</param>
    /// <param name="failed">Registrations of sources that are not asked any more; those that fail are added.</param>
    public static async Task<IReadOnlyDictionary<string, Entity>> FindAsync(NgsiLdCall call, IReadOnlyDictionary<string, IReadOnlyCollection<string>?> ids, ISet<string> failed)
    {
        List<Entity> own = [];
        Dictionary<string, IReadOnlyCollection<string>?> types = new(ids, StringComparer.Ordinal);
        foreach (var id in ids.Keys)
        {
            if (await call.Store.FindAsync(call.Tenant, id, call.Cancel) is not { } entity) continue;
            own.Add(entity);
            types[id] = entity.Types;
        }
        Dictionary<ContextSourceRegistration, List<string>> meant = [];
        var sources = await SourceSelection.OfAsync(
            call,
            s =>
            {
                foreach (var (id, known) in types)
                    foreach (var source in s.For(id, known))
                    {
                        if (failed.Contains(source.Id) || OperationOf(source, isOne: true) == SourceOperation.None || !source.Covers(id, known, out _)) continue;
                        if (!meant.TryGetValue(source, out var asked)) meant[source] = asked = [];
                        asked.Add(id);
                    }
                return meant.Keys;
            },
            isAside: true);
        List<Part> parts = [];
        foreach (var source in sources) parts.Add(await PartOfAsync(call, source, meant[source], id => types[id], null));
        var read = new DistributedRead(call, EntityQuery.Everything, Filters.None, false, parts);
        var told = await Task.WhenAll(parts.Select(p => read.GatherAsync(p, p.Ids!.Count)));
        foreach (var (part, gathered) in parts.Zip(told))
        {
            if (gathered.Fault is not null) failed.Add(part.Source.Id);
            else if (gathered.HasMore) WarnOfRest(call, part.Source);
        }
        return read.Merge(own, [.. told.Select(t => t.Entities)]);
    }

    /// <summary>A query that sources take part in; null where none does.</summary>
    /// <param name="body">Where the query was sent as a document.</param>
    public static async ValueTask<DistributedRead?> OfAsync(NgsiLdCall call, EntityQuery query, Representation told, JsonElement? body)
    {
        var wanted = Wanted(told);
        var find = new RegistrationQuery { Selectors = query.Selectors, Attributes = wanted, SourceFilter = query.SourceFilter };
        var sources = await SourceSelection.OfAsync(call, s => s.All.Where(r => OperationOf(r, isOne: false) != SourceOperation.None && find.Matches(r) && MayHold(r, query.Geo) && (told.Datasets is null || r.Datasets is null || told.Datasets.Overlaps(r.Datasets))));
        // What relationships lead to may lie at a source though nothing they lead from does.
        if (sources.Count == 0 && !(query.FollowsLinks && (await SourceSelection.OfAsync(call, s => s.All, isAside: true)).Count > 0)) return null;
        var parts = new List<Part>();
        foreach (var source in sources) parts.Add(PartOf(source, await call.Services.Sources.Client.ContextForAsync(call, source), find, wanted));
        var isSplit = query.FollowsLinks || call.Parameter("splitEntities") == "true" || (body is { } split && split.TryGetProperty("splitEntities", out var flag) && flag.ValueKind == JsonValueKind.True);
        return new(call, query, body is { } told2 ? FiltersOf(told2) : FiltersOf(call), isSplit, parts);
    }

    /// <summary>Whether any source is asked for what the query selects; otherwise sources only have what its conditions lead to.</summary>
    public bool AsksSources => _parts.Count > 0;

    /// <summary>What the sources of a purge are asked to take away: no more than they are registered for, clause 5.6.21.</summary>
    public static async ValueTask<IReadOnlyList<(ContextSourceRegistration Source, SourceRequest Request)>> PurgesAsync(NgsiLdCall call, EntityQuery query)
    {
        var find = new RegistrationQuery { Selectors = query.Selectors, Attributes = query.Attrs, SourceFilter = query.SourceFilter };
        var sources = await SourceSelection.OfAsync(call, s => s.All.Where(r => r.Mode != SourceMode.Auxiliary && (r.IsProxy || r.Supports(SourceOperation.PurgeEntity)) && find.Matches(r)));
        List<(ContextSourceRegistration, SourceRequest)> purges = [];
        foreach (var source in sources)
        {
            // Conditions cannot be told in other names, and without them too much would go.
            var part = PartOf(source, call.Context, find, query.Attrs);
            List<string> parameters = [];
            foreach (var name in (string[])["q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty", "keep", "drop"])
                if (call.Parameter(name) is { } value) parameters.Add($"{name}={Uri.EscapeDataString(value)}");
            if (part.Types is not null) parameters.Add("type=" + Uri.EscapeDataString(string.Join(',', part.Types.Select(call.Context.Compact))));
            if (part.Ids is not null) parameters.Add("id=" + Uri.EscapeDataString(string.Join(',', part.Ids)));
            if (part.IdPattern is not null) parameters.Add("idPattern=" + Uri.EscapeDataString(part.IdPattern));
            if (query.Attrs is not null) parameters.Add("attrs=" + Uri.EscapeDataString(string.Join(',', query.Attrs.Select(call.Context.Compact))));
            var registered = PartOf(source, call.Context, find, null).Attributes;
            if (registered is not null && call.Parameter("keep") is null && call.Parameter("drop") is null) parameters.Add("drop=" + Uri.EscapeDataString(string.Join(',', registered.Select(call.Context.Compact))));
            if (source.IsLocalOnly) parameters.Add("local=true");
            purges.Add((source, new(HttpMethod.Delete, $"entities?{string.Join('&', parameters)}", call.Context)));
        }
        return purges;
    }

    /// <summary>A page of the entities of all, those of this broker first.</summary>
    /// <param name="local">Finds the entities of this broker.</param>
    public async Task<EntityPage> PageAsync(StoreQuery local, Func<EntityQuery, StoreQuery> without, int limit, int offset, bool hasCount)
    {
        // Enough of each to know the page and whether one follows: all of them are in the same order every time.
        var end = (long)offset + limit + 1;
        var most = _isSplit || hasCount ? MostOfSource : (int)Math.Min(end, MostOfSource);
        var own = _isSplit ? await OwnAsync(without) : await _call.Store.QueryAsync(_call.Tenant, local, new((int)Math.Min(end, MostOwn), HasCount: hasCount), _call.Cancel);
        if (own.HasMore && end > MostOwn) throw NgsiLdException.TooComplexQuery($"Pages beyond the first {MostOwn} entities are not put together with what context sources have; ask for fewer types or ids, or with local=true.");
        var told = await Task.WhenAll(_parts.Select(p => GatherAsync(p, most)));
        List<List<Entity>> found = [.. told.Select(t => t.Entities)];
        var merged = Merge(own.Entities, found);
        var entities = _isSplit ? await MatchingAsync(merged.Values) : [.. merged.Values];
        List<Entity> page = [.. entities.Skip(offset).Take(limit)];
        if (_isSplit || hasCount || entities.Count < end)
            foreach (var (part, gathered) in _parts.Zip(told).Where(t => t.Second.HasMore)) WarnOfRest(_call, part.Source);

        // What a source has of the entities of this page may lie beyond what it was asked for.
        var more = _parts.Select((part, i) => (Part: part, Ids: !told[i].HasMore ? [] : page.Select(e => e.Id).Except(found[i].Select(e => e.Id)).Where(id => part.Ids?.Contains(id) != false).ToList())).Where(m => m.Ids.Count > 0).ToList();
        if (more.Count > 0)
        {
            var rest = await Task.WhenAll(more.Select(m => GatherAsync(m.Part with { Ids = m.Ids, IdPattern = null }, m.Ids.Count)));
            for (var i = 0; i < rest.Length; i++) found[_parts.IndexOf(more[i].Part)].AddRange(rest[i].Entities);
            merged = Merge(own.Entities, found);
            page = [.. page.Select(e => merged[e.Id])];
        }
        long? count = !hasCount ? null : _isSplit ? entities.Count : entities.Count + Math.Max(0, own.Count!.Value - own.Entities.Count);
        return new(page, 0, entities.Count >= end, count);
    }

    /// <summary>What of this broker may match once it is put together with what others have.</summary>
    private async Task<EntityPage> OwnAsync(Func<EntityQuery, StoreQuery> without)
    {
        var own = await _call.Store.QueryAsync(_call.Tenant, without(_query with { Q = null, Geo = null, Scope = null }), new(MostSplit), _call.Cancel);
        return own.HasMore ? throw NgsiLdException.TooComplexQuery($"More than {MostSplit} entities may match once they are put together; ask for fewer types or ids.") : own;
    }

    /// <summary>Those of entities put together that match. What their relationships lead to is found for all of them at once, level by level.</summary>
    private async Task<List<Entity>> MatchingAsync(IReadOnlyCollection<Entity> entities)
    {
        Dictionary<string, Entity?> known = new(StringComparer.Ordinal);
        HashSet<string> failed = [];
        while (true)
        {
            Dictionary<string, IReadOnlyCollection<string>?> missing = new(StringComparer.Ordinal);
            List<Entity> matching = [.. entities.Where(e => _query.Matches(e, Find))];
            if (missing.Count == 0) return matching;
            if (known.Count + missing.Count > MostLinked) throw NgsiLdException.TooComplexQuery($"The query follows relationships to more than {MostLinked} entities; ask for fewer types or ids.");
            var found = await FindAsync(_call, missing, failed);
            foreach (var id in missing.Keys) known[id] = found.GetValueOrDefault(id);

            Entity? Find(string id)
            {
                if (!known.TryGetValue(id, out var linked)) missing[id] = null;
                return linked;
            }
        }
    }

    /// <summary>The same query for some entities alone.</summary>
    public DistributedRead WithIds(IReadOnlyCollection<string> ids) =>
        new(_call, _query, _filters, _isSplit, [.. _parts.Select(p => p with { Ids = p.Ids is null ? ids : p.Ids.Intersect(ids).ToList(), IdPattern = null }).Where(p => p.Ids!.Count > 0)]);

    /// <summary>The ids of all that match, each with the registrations of those who have it; "@none" stands for this broker.</summary>
    public async Task<IEnumerable<KeyValuePair<string, IReadOnlyList<string>>>> MapAsync(StoreQuery local, Func<EntityQuery, StoreQuery> without, int most)
    {
        var own = _isSplit ? await OwnAsync(without) : await _call.Store.QueryAsync(_call.Tenant, local, new(most), _call.Cancel);
        var told = await Task.WhenAll(_parts.Select(p => GatherAsync(p, MostOfSource)));
        if (own.HasMore || told.Any(t => t.HasMore)) throw NgsiLdException.TooManyResults($"More than {most} entities match; a map holds at most these.");
        Dictionary<string, List<string>> map = new(StringComparer.Ordinal);
        foreach (var entity in own.Entities)
            if (WithoutProxied(entity) is not null) map[entity.Id] = ["@none"];
        foreach (var (part, gathered) in _parts.Zip(told))
            foreach (var id in gathered.Entities.Select(e => e.Id).Distinct())
            {
                if (!map.TryGetValue(id, out var sources)) map[id] = sources = [];
                sources.Add(part.Source.Id);
            }
        var matching = _isSplit ? (await MatchingAsync(Merge(own.Entities, [.. told.Select(t => t.Entities)]).Values)).Select(e => e.Id).ToHashSet() : null;
        return map.Where(m => matching?.Contains(m.Key) != false).Select(m => KeyValuePair.Create(m.Key, (IReadOnlyList<string>)m.Value));
    }

    /// <summary>By id in order: what is held here less what others hold alone, then the sources', auxiliary ones last.</summary>
    private Dictionary<string, Entity> Merge(IReadOnlyList<Entity> own, List<List<Entity>> found)
    {
        Dictionary<string, Entity> merged = new(StringComparer.Ordinal);
        foreach (var entity in own)
            if (WithoutProxied(entity) is { } kept) merged[entity.Id] = kept;
        foreach (var (part, entities) in _parts.Zip(found).OrderBy(p => p.First.Source.Mode switch { SourceMode.Exclusive => 0, SourceMode.Redirect => 1, SourceMode.Inclusive => 2, _ => 3 }))
            foreach (var entity in entities)
                merged[entity.Id] = !merged.TryGetValue(entity.Id, out var there) ? entity : part.Source.Mode == SourceMode.Auxiliary ? EntityMerge.FillUp(there, entity) : EntityMerge.Merge(there, entity);
        var now = _call.Services.Clock.GetUtcNow();
        foreach (var entity in merged.Values) EntityMerge.FillTimes(entity, now);
        return merged;
    }

    private Entity? WithoutProxied(Entity entity)
    {
        foreach (var part in _parts)
        {
            if (!part.Source.IsProxy || !part.Source.Covers(entity.Id, entity.Types, out var attributes)) continue;
            if (attributes is null) return null;
            entity = EntityMerge.Only(entity, a => !attributes.Contains(a.Name));
        }
        return entity;
    }

    private bool IsPushed(Part part) => !_isSplit && SourceBody.IsSame(part.Context, _call.Context);

    /// <summary>Asks a source for entities until there are enough: page by page or, where it is asked for ids, portion by portion. Stops where it fails.</summary>
    private async Task<Gathered> GatherAsync(Part part, int most)
    {
        List<Entity> found = [];
        if (part.Ids is null)
        {
            // Of what is sifted here nobody knows how much is left of it.
            var limit = IsPushed(part) ? Math.Min(most, MostAtOnce) : MostAtOnce;
            for (var offset = 0; ;)
            {
                var (entities, answer, count) = await AskAsync(part, limit, offset);
                found.AddRange(entities);
                if (answer.Fault != SourceFault.None) return new(found, answer.IsNotFound ? null : answer, false);
                offset += count;
                if (count == 0 || (count < limit && !answer.HasNext)) return new(found, null, false);
                if (found.Count >= most || offset >= MostOfSource) return new(found, null, true);
            }
        }
        var asked = 0;
        foreach (var ids in PortionsOf(part))
        {
            if (found.Count >= most || (ids.Count == 1 && asked == MostSingly)) return new(found, null, true);
            var (entities, answer, _) = await AskAsync(part with { Ids = ids }, ids.Count, 0);
            found.AddRange(entities);
            if (answer.Fault != SourceFault.None && !answer.IsNotFound) return new(found, answer, false);
            asked++;
        }
        return new(found, null, false);
    }

    /// <summary>The ids a source is asked for, as many at once as it takes and as an address can tell.</summary>
    private static IEnumerable<IReadOnlyCollection<string>> PortionsOf(Part part)
    {
        var most = part.Source.Supports(SourceOperation.QueryEntity | SourceOperation.QueryBatch) ? MostAtOnce : 1;
        var longest = part.Source.Supports(SourceOperation.QueryBatch) ? int.MaxValue : LongestAddress;
        List<string> portion = [];
        var length = 0;
        foreach (var id in part.Ids!)
        {
            var more = Uri.EscapeDataString(id).Length + 3;
            if (portion.Count == most || (portion.Count > 0 && length + more > longest))
            {
                yield return portion;
                (portion, length) = ([], 0);
            }
            portion.Add(id);
            length += more;
        }
        if (portion.Count > 0) yield return portion;
    }

    /// <returns>What the source told as far as it has a say and it matches; and how much it told in all.</returns>
    private async Task<(List<Entity> Entities, SourceAnswer Answer, int Count)> AskAsync(Part part, int limit, int offset)
    {
        var isPush = IsPushed(part);
        var answer = await _call.Services.Sources.Client.SendAsync(_call, part.Source, RequestOf(part, OperationOf(part.Source, isOne: part is { IsKnown: true, Ids.Count: 1 }), limit, offset, isPush));
        if (answer.Fault == SourceFault.None)
        {
            try
            {
                var read = await SourceEntitiesReader.ReadAsync(_call, answer);
                List<Entity> entities = [];
                foreach (var entity in read)
                {
                    // A source has a say only in what it is registered for and was asked for.
                    if (part.Ids?.Contains(entity.Id) == false || !part.Source.Covers(entity.Id, entity.Types, out var has) || !_query.IsSelected(entity.Id, entity.Types)) continue;
                    if (!isPush && !_isSplit && !(_query with { Selectors = null, Attrs = null, Datasets = null }).Matches(entity)) continue;
                    var allowed = Both(part.Attributes, has);
                    entities.Add(allowed is null ? entity : EntityMerge.Only(entity, a => allowed.Contains(a.Name)));
                }
                foreach (var warning in answer.Warnings) Warn(_call, warning);
                return (entities, answer, read.Count);
            }
            catch (Exception fault) when (fault is JsonException or NgsiLdException)
            {
                answer = answer with { Fault = SourceFault.Invalid, Detail = "The answer of the source is none of entities." };
            }
        }
        Warn(_call, part.Source, answer);
        return ([], answer, 0);
    }

    /// <summary>Tells that a source may have more than it was asked for.</summary>
    public static void WarnOfRest(NgsiLdCall call, ContextSourceRegistration source) => Warn(call, $"199 {source.Id} \"Miscellaneous Warning\"");

    /// <summary>Tells of a source that failed in the header NGSILD-Warning, table 6.3.17-1.</summary>
    public static void Warn(NgsiLdCall call, ContextSourceRegistration source, SourceAnswer answer)
    {
        if (answer.IsNotFound) return;
        // What cannot be read is not to be told again.
        if (answer.Fault == SourceFault.Invalid) call.Services.Sources.Client.Forget(source);
        var warning = answer.Fault switch
        {
            SourceFault.Invalid => "111 {0} \"Revalidation Failed\"",
            SourceFault.Refused => "299 {0} \"Miscellaneous Persistent Warning\"",
            _ => "199 {0} \"Miscellaneous Warning\"",
        };
        Warn(call, warning.Replace("{0}", source.Id, StringComparison.Ordinal));
    }

    public static void Warn(NgsiLdCall call, string warning)
    {
        lock (call) call.Http.Response.Headers.Append("NGSILD-Warning", warning);
    }

    /// <summary>What to answer where all lies at one source, which failed; clause 6.3.17.</summary>
    public static NgsiLdException FailureOf(ContextSourceRegistration source, SourceAnswer answer) => answer.Fault == SourceFault.Late
        ? new("GatewayTimeout", StatusCodes.Status504GatewayTimeout, "A context source did not answer.", $"{source.Id}: {answer.Detail}")
        : answer.Status == StatusCodes.Status508LoopDetected ? SourceSelection.Loop(source)
        : new("BadGateway", StatusCodes.Status502BadGateway, "A context source failed.", $"{source.Id}: {answer.Detail ?? $"it answered {answer.Status}."}");

    /// <summary>The operation a source is asked by; None where it takes none.</summary>
    private static SourceOperation OperationOf(ContextSourceRegistration source, bool isOne) =>
        isOne && source.Supports(SourceOperation.RetrieveEntity) ? SourceOperation.RetrieveEntity
        : source.Supports(SourceOperation.QueryEntity) ? SourceOperation.QueryEntity
        : source.Supports(SourceOperation.QueryBatch) ? SourceOperation.QueryBatch : SourceOperation.None;

    private SourceRequest RequestOf(Part part, SourceOperation operation, int limit, int offset, bool isPush)
    {
        var context = part.Context;
        var local = part.Source.IsLocalOnly ? "&local=true" : "";
        var attrs = part.Attributes is null ? null : string.Join(',', part.Attributes.Select(context.Compact));
        if (operation == SourceOperation.RetrieveEntity)
            return new(HttpMethod.Get, $"entities/{Uri.EscapeDataString(part.Ids!.First())}?options=sysAttrs{(attrs is null ? "" : "&attrs=" + Uri.EscapeDataString(attrs))}{local}", context);
        var filters = _isSplit ? Filters.None : isPush ? _filters : Filters.None with { Scope = _filters.Scope };
        var page = $"options=sysAttrs&limit={limit}{(offset > 0 ? $"&offset={offset}" : "")}{local}";
        IEnumerable<string>? types = part.Types?.Select(context.Compact);
        // Ids alone are too wide a query (clause 5.7.2.4).
        if (part.Ids is not null && attrs is null && filters is { Q: null, Georel: null }) types ??= ["*"];
        var path = new StringBuilder("entities?").Append(page);
        Add("type", types is null ? null : string.Join(',', types));
        Add("id", part.Ids is null ? null : string.Join(',', part.Ids));
        Add("idPattern", part.IdPattern);
        Add("attrs", attrs);
        Add("q", filters.Q);
        Add("scopeQ", filters.Scope);
        Add("georel", filters.Georel);
        Add("geometry", filters.Geometry);
        Add("coordinates", filters.Coordinates);
        Add("geoproperty", filters.GeoProperty);
        if (operation == SourceOperation.QueryEntity && (path.Length <= LongestAddress || !part.Source.Supports(SourceOperation.QueryBatch))) return new(HttpMethod.Get, path.ToString(), context);
        return new(HttpMethod.Post, $"entityOperations/query?{page}", context, (json, isLd) =>
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "Query"u8);
            if (part.Types is not null || part.Ids is not null || part.IdPattern is not null)
            {
                json.WriteStartArray("entities"u8);
                foreach (var type in types ?? ["*"])
                    foreach (var id in part.Ids is null ? [null] : part.Ids.Cast<string?>())
                    {
                        json.WriteStartObject();
                        if (id is not null) json.WriteString("id"u8, id);
                        if (part.IdPattern is not null) json.WriteString("idPattern"u8, part.IdPattern);
                        json.WriteString("type"u8, type);
                        json.WriteEndObject();
                    }
                json.WriteEndArray();
            }
            if (part.Attributes is not null)
            {
                json.WriteStartArray("attrs"u8);
                foreach (var attribute in part.Attributes) json.WriteStringValue(context.Compact(attribute));
                json.WriteEndArray();
            }
            if (filters.Q is not null) json.WriteString("q"u8, filters.Q);
            if (filters.Scope is not null) json.WriteString("scopeQ"u8, filters.Scope);
            if (filters.Georel is not null)
            {
                json.WriteStartObject("geoQ"u8);
                json.WriteString("georel"u8, filters.Georel);
                json.WriteString("geometry"u8, filters.Geometry);
                json.WritePropertyName("coordinates"u8);
                json.WriteRawValue(filters.Coordinates!);
                if (filters.GeoProperty is not null) json.WriteString("geoproperty"u8, filters.GeoProperty);
                json.WriteEndObject();
            }
            if (isLd)
            {
                json.WritePropertyName("@context"u8);
                context.Source.WriteTo(json);
            }
            json.WriteEndObject();
        });

        void Add(string name, string? value)
        {
            if (value is not null) path.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }

    /// <summary>Entities a source is asked for by their ids: no more of them than it is registered for.</summary>
    private static async ValueTask<Part> PartOfAsync(NgsiLdCall call, ContextSourceRegistration source, IReadOnlyCollection<string> ids, Func<string, IReadOnlyCollection<string>?> typesOf, IReadOnlySet<string>? wanted)
    {
        HashSet<string>? attributes = [], types = [];
        foreach (var id in ids)
        {
            var known = typesOf(id);
            source.Covers(id, known, out var has);
            if (has is null) attributes = null;
            else attributes?.UnionWith(has);
            if ((known ?? source.TypesOf(id)) is { } told) types?.UnionWith(told);
            else types = null;
        }
        return new(source, await call.Services.Sources.Client.ContextForAsync(call, source), Both(wanted, attributes), ids, null, types, IsKnown: true);
    }

    /// <summary>What of a query a source is asked for: no more than it is registered for.</summary>
    private static Part PartOf(ContextSourceRegistration source, JsonLdContext context, RegistrationQuery find, IReadOnlySet<string>? wanted)
    {
        List<SourceInformation> meant = [.. source.Information.Where(find.Meets)];
        var has = meant.Exists(i => i.Attributes is null) ? null : meant.SelectMany(i => i.Attributes!).ToHashSet();
        List<SourceEntities> entities = meant.Exists(i => i.Entities is null) ? [] : [.. meant.SelectMany(i => i.Entities!).Where(e => find.Selectors is null || find.Selectors.Any(s => RegistrationQuery.Meet(s, e)))];
        HashSet<string>? ids = entities.Count > 0 && entities.TrueForAll(e => e.Ids is not null) ? [.. entities.SelectMany(e => e.Ids!)] : null;
        HashSet<string>? types = entities.Count > 0 && entities.TrueForAll(e => e.Types is not null) ? [.. entities.SelectMany(e => e.Types!)] : null;
        var pattern = entities.Count == 1 ? entities[0].IdPattern?.Text : null;
        if (EntitySelector.IdsOf(find.Selectors) is { } asked)
        {
            if (ids is null) ids = asked;
            else ids.IntersectWith(asked);
        }
        if (EntitySelector.TypesOf(find.Selectors) is { } named)
        {
            if (types is null) types = named;
            else if (find.Selectors!.All(s => s.Types!.IsAnyOf)) types.IntersectWith(named);
        }
        // Of ids asked for, those that the source cannot have are not asked of it.
        if (ids is not null && entities.Count > 0) ids.RemoveWhere(id => !entities.Exists(e => e.Cover(id, null)));
        if (find.Selectors is [{ IdPattern: { } told }]) pattern = told.Text;
        return new(source, context, Both(wanted, has), ids, ids is null ? pattern : null, types);
    }

    /// <summary>Whether a source may have something at places asked for: what it says of its own place is what it has entities of (table 5.2.9-1).</summary>
    private static bool MayHold(ContextSourceRegistration source, GeoFilter? geo)
    {
        if (geo?.Boxes is not { } boxes || source.Described.Find(geo.GeoProperty, null) is not { } place || IndexEntry.Box(place.Value.Span) is not { } box) return true;
        return boxes.Any(b => b.West <= box.East && b.East >= box.West && b.South <= box.North && b.North >= box.South);
    }

    /// <summary>Attributes that are told; null for all.</summary>
    private static HashSet<string>? Wanted(Representation told)
    {
        if (told.Attrs is null && told.Pick is null) return null;
        HashSet<string> wanted = [.. told.Attrs ?? told.Pick!.Where(m => !AttributeName.IsCoreMember(m))];
        if (told.GeometryProperty is not null) wanted.Add(told.GeometryProperty);
        return wanted.Count == 0 ? null : wanted;
    }

    private static IReadOnlySet<string>? Both(IReadOnlySet<string>? one, IReadOnlySet<string>? other) => one is null ? other : other is null ? one : one.Intersect(other).ToHashSet();

    private static Filters FiltersOf(NgsiLdCall call) =>
        new(call.Parameter("q"), call.Parameter("scopeQ"), call.Parameter("georel"), call.Parameter("geometry"), call.Parameter("coordinates"), call.Parameter("geoproperty"));

    private static Filters FiltersOf(JsonElement body)
    {
        var (q, scope) = (EntityQueryReader.Text(body, "q"), EntityQueryReader.Text(body, "scopeQ"));
        if (!body.TryGetProperty("geoQ", out var geo)) return new(q, scope, null, null, null, null);
        var coordinates = geo.GetProperty("coordinates");
        return new(
            q, scope, EntityQueryReader.Text(geo, "georel"), EntityQueryReader.Text(geo, "geometry"),
            coordinates.ValueKind == JsonValueKind.String ? coordinates.GetString() : coordinates.GetRawText(), EntityQueryReader.Text(geo, "geoproperty"));
    }
}
