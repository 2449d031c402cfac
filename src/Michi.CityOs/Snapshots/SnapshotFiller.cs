using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.Queries;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;
using Michi.CityOs.Temporal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Michi.CityOs.Snapshots;

/// <summary>Fills snapshots with what their queries find, and empties the spaces of those that are gone: in the background, a portion at a time (ETSI GS CIM 009, 5.16.1.4).</summary>
/// <remarks>
/// One node does this for all, as long as it lives; the next goes on from what the store knows, filling from the beginning what was not filled to its end. Every
/// portion is of one moment; what changes while a snapshot is filled may be in it or not. What is done for one space is done in order.
/// </remarks>
internal sealed class SnapshotFiller(NgsiLdServices services, NotificationSender sender, ILogger<SnapshotFiller> log) : BackgroundService
{
    /// <summary>Entities in one snapshot at most.</summary>
    private const int MostEntities = 100_000;

    /// <summary>Instances of attributes in the history of one snapshot at most.</summary>
    private const int MostPoints = 1_000_000;

    /// <summary>Entities copied at once.</summary>
    private const int Portion = 500;

    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(5);

    private readonly SnapshotBook _book = services.Snapshots;
    private readonly OrderedWork _telling = new(hands: 4, log);

    /// <summary>Tenants that have snapshots, or may.</summary>
    private readonly ConcurrentDictionary<string, bool> _tenants = new(StringComparer.Ordinal);

    /// <summary>What is under way or waits to be: snapshots that are filled, spaces that are emptied.</summary>
    private readonly ConcurrentDictionary<string, bool> _begun = new(StringComparer.Ordinal);
    private OrderedWork _work = new(hands: 4, log);

    private CancellationToken Stop => _work.Stop;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _book.Tell = (tenant, snapshot) => _telling.Do($"{tenant} {snapshot.Id}", () => SnapshotNotification.SendAsync(sender, tenant, snapshot, services.Clock.GetUtcNow(), _telling.Stop));
        await Task.WhenAll(services.Store.HoldAsync("snapshots", WorkAsync, stoppingToken), RepeatAsync(_book.KeepUsesAsync, stoppingToken));
        await _telling.EndAsync();
    }

    public override void Dispose()
    {
        _telling.Dispose();
        _work.Dispose();
        base.Dispose();
    }

    /// <summary>Does what is to be done for snapshots, as the only one who does.</summary>
    private async Task WorkAsync(CancellationToken stop)
    {
        _work = new(hands: 4, log);
        _begun.Clear();
        services.Store.DocumentChanged += Note;
        _book.Changed = Look;
        var isRead = false;
        await RepeatAsync(async cancel =>
        {
            if (!isRead)
                foreach (var tenant in (await services.Store.TenantsAsync(cancel)).Where(t => !SnapshotBook.IsSpace(t)).Append("")) _tenants[tenant] = true;
            isRead = true;
            foreach (var (tenant, _) in _tenants) Look(tenant);
        }, stop);
        _book.Changed = null;
        services.Store.DocumentChanged -= Note;
        await _work.EndAsync();

        void Note(DocumentKind kind, string tenant, string id)
        {
            if (kind == DocumentKind.Snapshot) Look(tenant);
        }
    }

    private Task RepeatAsync(Func<CancellationToken, Task> act, CancellationToken stop) => Repeat.RunAsync(act, TickEvery, services.Clock, log, "snapshots", stop);

    private void Look(string tenant) => _work.Do($"look {tenant}", () => LookAsync(tenant), isPart: true);

    /// <summary>Begins what is to be done for the snapshots of a tenant.</summary>
    private async Task LookAsync(string tenant)
    {
        _tenants[tenant] = true;
        var (snapshots, gone) = await _book.ReadAsync(tenant, Stop);
        if (snapshots.Count + gone.Count == 0) _tenants.TryRemove(tenant, out _);
        var now = services.Clock.GetUtcNow();
        foreach (var snapshot in snapshots)
        {
            if (gone.Contains(snapshot.Space)) await _book.DropAsync(tenant, snapshot, Stop);
            else if (snapshot.ExpiresAt <= now) await _book.RemoveAsync(tenant, snapshot, isTold: true, Stop);
            // What is copied from another space must not be taken away from there meanwhile.
            else if (snapshot is { Status: Snapshot.Preparing, Original: { } original }) Begin(snapshot.Claim, original, () => _work.Do(snapshot.Space, () => FillAsync(tenant, snapshot), isPart: true));
            else if (snapshot.Status == Snapshot.Preparing) Begin(snapshot.Claim, snapshot.Space, () => FillAsync(tenant, snapshot));
        }
        foreach (var space in gone) Begin(space, space, () => EmptyAsync(tenant, space));
    }

    private void Begin(string what, string space, Func<Task> act)
    {
        if (!_begun.TryAdd(what, true)) return;
        _work.Do(space, async () =>
        {
            try
            {
                await act();
            }
            finally
            {
                _begun.TryRemove(what, out _);
            }
        });
    }

    private async Task FillAsync(string tenant, Snapshot snapshot)
    {
        if (!await IsWantedAsync(tenant, snapshot)) return;
        // What another node has filled in before it died would be in it twice. What was written into a new one before its turn came stays.
        if (await _book.BeginAsync(tenant, snapshot, Stop)) await ClearAsync(snapshot.Space);
        var filled = new Filled(tenant, snapshot);
        if (snapshot.Original is { } original) await TryAsync(() => CopyAsync(filled, original));
        else
        {
            foreach (var query in snapshot.Queries("snapshotQueries")) filled.Queries.Add(await TryAsync(() => FillAsync(filled, query)));
            foreach (var query in snapshot.Queries("snapshotTemporalQueries")) filled.TemporalQueries.Add(await TryAsync(() => FillHistoryAsync(filled, query)));
        }
        Stop.ThrowIfCancellationRequested();
        try
        {
            await _book.ChangeAsync(tenant, snapshot.Id, there => there.Claim == snapshot.Claim ? there.With(filled.Status()) : throw NgsiLdException.ResourceNotFound(there.Id), Stop);
        }
        catch (NgsiLdException)
        {
            // It was taken away meanwhile; what was copied goes with it.
        }
    }

    /// <summary>Whether a snapshot is still there to be filled: another one may have its id by now.</summary>
    private async Task<bool> IsWantedAsync(string tenant, Snapshot snapshot) => await _book.TryFindAsync(tenant, snapshot.Id, Stop) is { Status: Snapshot.Preparing } there && there.Claim == snapshot.Claim;

    /// <summary>What became of one query, clause 5.2.42 ExecutionResultDetails.</summary>
    private async Task<JsonObject> TryAsync(Func<Task<(int Found, NgsiLdException? Fault)>> fill)
    {
        NgsiLdException? fault;
        var found = 0;
        try
        {
            (found, fault) = await fill();
        }
        catch (NgsiLdException refusal)
        {
            fault = refusal;
        }
        // A fault of ours would be there again the next time; one of the storage passes.
        catch (Exception ours) when (ours is not OperationCanceledException && StorageFault.Of(ours) is null)
        {
            Log.WorkFailed(log, ours, "a snapshot");
            fault = new("InternalError", 500, "There has been an error during the operation execution.", "The error was logged.");
        }
        var details = new JsonObject { ["resultStatus"] = fault is not null ? "failure" : found > 0 ? "success" : "empty" };
        if (fault is null) return details;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, PlainJson.Writer)) fault.WriteTo(json);
        details["problemDetails"] = JsonNode.Parse(buffer.ToArray());
        return details;
    }

    private async Task<NgsiLdCall> CallAsync(Filled filled) => NgsiLdCall.OwnOf(services, filled.Tenant, await services.Contexts.ReadAsync(filled.Tenant, filled.Snapshot.Context, Stop), Stop);

    /// <summary>Copies the entities that answer a query, here and at context sources (clause 5.7.2.4).</summary>
    private async Task<(int, NgsiLdException?)> FillAsync(Filled filled, JsonElement body)
    {
        var call = await CallAsync(filled);
        var (query, told) = (EntityQueryReader.Read(call, body), call.Told(NgsiLdCall.Json, body));
        var found = EntityQueryReader.ForStore(call, query);
        var count = 0;
        if (await DistributedRead.OfAsync(call, query, told, body) is { } distributed)
        {
            StoreQuery Without(EntityQuery q) => EntityQueryReader.ForStore(q, _ => null);
            var first = await distributed.PageAsync(found, Without, RequestedPage.MostLimit, 0, false);
            if (!first.HasMore) count = await PutAsync(filled, first.Entities, told);
            else
            {
                // Where there are more than the sources tell at once, they are asked for them by id.
                foreach (var ids in (await distributed.MapAsync(found, Without, EntityMaps.Most)).Select(m => m.Key).Chunk(Portion))
                    count += await PutAsync(filled, (await distributed.WithIds(ids).PageAsync(found with { Ids = ids }, q => Without(q) with { Ids = ids }, Portion, 0, false)).Entities, told);
            }
            return (count, FaultOf(call));
        }
        var page = new EntityPage([], 0, true, null);
        while (page.HasMore && await IsWantedAsync(filled.Tenant, filled.Snapshot))
        {
            page = await services.Store.QueryAsync(filled.Tenant, found, new(Portion, After: page.Last), Stop);
            count += await PutAsync(filled, page.Entities, told);
        }
        return (count, null);
    }

    /// <summary>What sources failed to tell; null where all told what they have.</summary>
    private static NgsiLdException? FaultOf(NgsiLdCall call) =>
        call.Http.Response.Headers["NGSILD-Warning"] is { Count: > 0 } warnings ? new("BadGateway", 502, "A context source failed.", warnings.ToString()) : null;

    /// <summary>Puts entities into the snapshot, with the attributes that are told of them; what two queries find is put together.</summary>
    private async Task<int> PutAsync(Filled filled, IReadOnlyList<Entity> entities, Representation told)
    {
        if (entities.Count == 0) return 0;
        if (filled.Entities + entities.Count > MostEntities) throw NgsiLdException.TooManyResults($"A snapshot holds at most {MostEntities} entities.");
        filled.Entities += entities.Count;
        await services.Store.WriteAsync(
            filled.Snapshot.Space,
            [.. entities.Select(e => EntityMerge.Only(e, told.Tells)).Select(e => new EntityChange(e.Id, (there, _) => there is null ? e : EntityMerge.Merge(there, e)))],
            Stop);
        return entities.Count;
    }

    /// <summary>Copies the history of the entities that answer a temporal query, here and at context sources: the instances at the times asked for (clause 5.7.4.4).</summary>
    private async Task<(int, NgsiLdException?)> FillHistoryAsync(Filled filled, JsonElement body)
    {
        var call = await CallAsync(filled);
        var (query, request, now) = (EntityQueryReader.Read(call, body), EvolutionRequest.Read(call, body), services.Clock.GetUtcNow());
        var elsewhere = await DistributedEvolution.FindAsync(call, request, query, null, MostEntities / RequestedPage.MostLimit);
        var ids = await services.History.ReadAsync(
            reader =>
            {
                var history = elsewhere?.With(reader) ?? reader;
                var finder = new EvolutionFinder(history, request, query, now, Stop);
                return history.Entities(filled.Tenant, EntitySelector.IdsOf(query.Selectors), EntitySelector.TypesOf(query.Selectors)).Where(finder.Matches).Select(e => e.Id).Take(MostEntities - filled.Entities + 1).ToList();
            },
            Stop);
        if (filled.Entities + ids.Count > MostEntities) throw NgsiLdException.TooManyResults($"A snapshot holds at most {MostEntities} entities.");
        filled.Entities += ids.Count;
        foreach (var id in ids)
        {
            if (!await IsWantedAsync(filled.Tenant, filled.Snapshot)) break;
            await PutHistoryAsync(filled, await services.History.ReadAsync(
                reader =>
                {
                    var history = elsewhere?.With(reader) ?? reader;
                    return history.Find(filled.Tenant, id) is { } entity ? EntryOf(filled, new EvolutionFinder(history, request, query, now, Stop).Collect([entity], MostPoints - filled.Points)) : null;
                },
                Stop));
        }
        return (ids.Count, FaultOf(call));
    }

    private static HistoryEntry? EntryOf(Filled filled, (List<Evolution> Found, PartialRange? Range) evolution)
    {
        if (evolution.Range is not null) throw NgsiLdException.TooManyResults($"A snapshot holds at most {MostPoints} instances of attributes.");
        var (entity, series) = evolution.Found[0];
        // What can be changed in the snapshot is told apart by ids of its own, not by those of elsewhere.
        return new(
            filled.Snapshot.Space, entity.Id, entity.Types, entity.ModifiedAt, [.. series.SelectMany(s => s.Points.Select(p => new SeriesPoint(s.Series.Name, s.Series.DatasetId, p.Point with { Instance = null })))], entity.CreatedAt, entity.DeletedAt);
    }

    private async Task PutHistoryAsync(Filled filled, HistoryEntry? entry)
    {
        if (entry is null) return;
        filled.Points += entry.Points.Count;
        await services.History.WriteAsync(w => w.Add(entry), Stop, entry.Points.Count);
    }

    /// <summary>Copies all there is in another space.</summary>
    private async Task<(int, NgsiLdException?)> CopyAsync(Filled filled, string original)
    {
        var page = new EntityPage([], 0, true, null);
        while (page.HasMore && await IsWantedAsync(filled.Tenant, filled.Snapshot))
        {
            page = await services.Store.QueryAsync(original, new(), new(Portion, After: page.Last), Stop);
            await PutAsync(filled, page.Entities, Representation.Normal);
        }
        var everything = new EvolutionRequest { Format = EvolutionFormat.Normalized, Told = Representation.Normal };
        foreach (var entity in await services.History.ReadAsync(r => r.Entities(original, null, null).ToList(), Stop))
            await PutHistoryAsync(filled, await services.History.ReadAsync(r => EntryOf(filled, new EvolutionFinder(r, everything, null, services.Clock.GetUtcNow(), Stop).Collect([entity], MostPoints - filled.Points)), Stop));
        filled.HasAll = true;
        return (filled.Entities, null);
    }

    /// <summary>Takes away all there is in the space of a snapshot that is gone, which then can be used again.</summary>
    private async Task EmptyAsync(string tenant, string space)
    {
        if (!await _book.IsGoneAsync(tenant, space, Stop)) return;
        // First, so that nobody is told how the rest goes.
        await services.Subscriptions.DeleteAllAsync(space, Stop);
        await ClearAsync(space);
        await _book.EmptiedAsync(tenant, space, Stop);
    }

    private async Task ClearAsync(string space)
    {
        while (await services.Store.QueryAsync(space, new(), new(Portion), Stop) is { Entities: { Count: > 0 } entities })
            await services.Store.WriteAsync(space, [.. entities.Select(e => new EntityChange(e.Id, (_, _) => null))], Stop);
        foreach (var (id, _) in await services.Store.ListDocumentsAsync(DocumentKind.EntityMap, space, Stop)) await services.Store.WriteDocumentAsync(DocumentKind.EntityMap, space, id, _ => null, Stop);
        while (await services.History.ReadAsync(r => r.Entities(space, null, null).Take(Portion).Select(e => e.Id).ToList(), Stop) is { Count: > 0 } ids)
            foreach (var id in ids) await services.History.WriteAsync(w => w.DeleteEntity(space, id), Stop);
    }

    /// <summary>How far the filling of a snapshot has come.</summary>
    private sealed class Filled(string tenant, Snapshot snapshot)
    {
        public string Tenant => tenant;

        public Snapshot Snapshot => snapshot;

        public int Entities { get; set; }

        public int Points { get; set; }

        /// <summary>Whether it is a copy, and whole.</summary>
        public bool HasAll { get; set; }

        public JsonArray Queries { get; } = [];

        public JsonArray TemporalQueries { get; } = [];

        /// <summary>Clause 5.2.41: success where all queries found something, partial where some did, empty where none did, failure where all failed.</summary>
        public IEnumerable<KeyValuePair<string, JsonNode?>> Status()
        {
            List<string> results = [.. Queries.Concat(TemporalQueries).Select(q => q!["resultStatus"]!.GetValue<string>())];
            if (Queries.Count > 0) yield return new("snapshotQueriesDetails", Queries);
            if (TemporalQueries.Count > 0) yield return new("snapshotTemporalQueriesDetails", TemporalQueries);
            yield return new(
                "snapshotStatus",
                HasAll ? Entities + Points > 0 ? "success" : "empty" : results.TrueForAll(r => r == "success") && results.Count > 0 ? "success" : Entities + Points > 0 ? "partial" : results.Contains("empty") ? "empty" : "failure");
        }
    }
}
