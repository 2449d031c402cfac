using System.Text;
using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;
using Michi.CityOs.Sources;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Temporal;

/// <summary>What context sources tell of the evolution of entities, ETSI GS CIM 009, 5.7.3.4 and 5.7.4.4. Conditions are applied here, to what all hold together.</summary>
internal sealed class DistributedEvolution
{
    /// <summary>Requests to one source, for what it tells page by page (entities) and cuts off (instances).</summary>
    private const int MostRequests = 10;

    /// <summary>Instances taken of one source; what it has beyond is left out.</summary>
    private const int MostPoints = 1_000_000;

    private readonly ILookup<string, HistoryEntry> _told;
    private readonly ILookup<string, string> _holders;

    /// <param name="told">With the registrations of those who told it, in the order in which they count.</param>
    private DistributedEvolution(List<(string Registration, HistoryEntry Entry)> told)
    {
        _told = told.ToLookup(t => t.Entry.Id, t => t.Entry, StringComparer.Ordinal);
        _holders = told.ToLookup(t => t.Entry.Id, t => t.Registration, StringComparer.Ordinal);
    }

    /// <summary>What is here and what sources told, as one.</summary>
    public IHistoryReader With(IHistoryReader reader) => _told.Count == 0 ? reader : new MergedHistory(reader, _told);

    /// <summary>The registrations of those who told of an entity.</summary>
    public IEnumerable<string> HoldersOf(string id) => _holders[id].Distinct();

    /// <summary>Asks for one entity.</summary>
    /// <param name="among">Ids of the registrations that are asked; null for all.</param>
    public static async Task<DistributedEvolution> FindAsync(NgsiLdCall call, EvolutionRequest request, string id, IReadOnlySet<string>? among)
    {
        IReadOnlyCollection<string>? types = call.Parameter("type") is { } told && TypeSelection.Parse(told, call.Context) is { IsAnyOf: true } named ? named.Names : null;
        var wanted = WantedOf(request, null);
        var sources = await SourceSelection.OfAsync(
            call,
            s => s.For(id, types).Where(r => r.Supports(SourceOperation.RetrieveTemporal) && among?.Contains(r.Id) != false && IsInTime(r, request) && r.Covers(id, types, out var has) && (wanted is null || has is null || wanted.Overlaps(has))),
            isTemporal: true);
        return await AskAsync(call, request, isOne: true, MostRequests, sources, wanted, (source, context) => new StringBuilder($"temporal/entities/{Uri.EscapeDataString(id)}?options=sysAttrs").Append(request.Last is { } last ? $"&lastN={last}" : ""));
    }

    /// <summary>Asks for all entities that may answer a query; null where nobody is there to be asked.</summary>
    /// <param name="among">Ids of the registrations that are asked; null for all.</param>
    /// <param name="most">Requests to each source at most.</param>
    public static async Task<DistributedEvolution?> FindAsync(NgsiLdCall call, EvolutionRequest request, EntityQuery query, IReadOnlySet<string>? among, int most = MostRequests)
    {
        var wanted = WantedOf(request, query);
        var find = new RegistrationQuery { Selectors = query.Selectors, Attributes = wanted, SourceFilter = query.SourceFilter, IsAnyTime = true };
        var sources = await SourceSelection.OfAsync(call, s => s.All.Where(r => r.Supports(SourceOperation.QueryTemporal) && among?.Contains(r.Id) != false && IsInTime(r, request) && find.Matches(r)), isTemporal: true);
        if (sources.Count == 0) return null;
        return await AskAsync(call, request, isOne: false, most, sources, wanted, (source, context) =>
        {
            var path = new StringBuilder($"temporal/entities?options=sysAttrs&limit={RequestedPage.MostLimit}");
            if (EntitySelector.TypesOf(query.Selectors) is { } types) path.Append("&type=").Append(Uri.EscapeDataString(string.Join(',', types.Select(context.Compact))));
            else if (source.Information.All(i => i.Entities?.All(e => e.Types is not null) == true)) path.Append("&type=").Append(Uri.EscapeDataString(string.Join(',', source.Information.SelectMany(i => i.Entities!).SelectMany(e => e.Types!).Distinct().Select(context.Compact))));
            if (EntitySelector.IdsOf(query.Selectors) is { } ids) path.Append("&id=").Append(Uri.EscapeDataString(string.Join(',', ids)));
            else if (query.Selectors is [{ IdPattern: { } pattern }]) path.Append("&idPattern=").Append(Uri.EscapeDataString(pattern.Text));
            // Of scopes set before the times asked for a source tells only where they are asked for.
            if (query.Scope is { } scope && call.Parameter("splitEntities") != "true") path.Append("&scopeQ=").Append(Uri.EscapeDataString(scope.Text));
            return path;
        });
    }

    /// <param name="isOne">Whether one entity is asked for.</param>
    /// <param name="most">Requests to each source at most.</param>
    /// <param name="pathOf">Path with query, without times and attributes.</param>
    private static async Task<DistributedEvolution> AskAsync(
        NgsiLdCall call, EvolutionRequest request, bool isOne, int most, IReadOnlyList<ContextSourceRegistration> sources, IReadOnlySet<string>? wanted, Func<ContextSourceRegistration, JsonLdContext, StringBuilder> pathOf)
    {
        // Auxiliary ones come last: what they tell counts where nobody else tells anything.
        var answers = await Task.WhenAll(sources.OrderBy(s => s.Mode == SourceMode.Auxiliary).Select(AskOneAsync));
        return new([.. answers.SelectMany(a => a)]);

        async Task<List<(string Registration, HistoryEntry Entry)>> AskOneAsync(ContextSourceRegistration source)
        {
            var context = await call.Services.Sources.Client.ContextForAsync(call, source);
            var path = pathOf(source, context);
            if (wanted is not null) path.Append("&attrs=").Append(Uri.EscapeDataString(string.Join(',', wanted.Select(context.Compact))));
            if (source.IsLocalOnly) path.Append("&local=true");
            List<(string Registration, HistoryEntry Entry)> told = [];
            var points = 0;
            Queue<Ask> open = new([new(request.Times, 0, null)]);
            for (var asked = 0; open.TryDequeue(out var ask); asked++)
            {
                if (isOne && IsEnough(told.Select(t => t.Entry))) break;
                if (asked == most || points > MostPoints)
                {
                    DistributedRead.WarnOfRest(call, source);
                    break;
                }
                var answer = await call.Services.Sources.Client.SendAsync(call, source, new(HttpMethod.Get, $"{path}{TimesOf(ask.Times)}{(ask.Offset > 0 ? $"&offset={ask.Offset}" : "")}", context));
                List<HistoryEntry> entries = [];
                if (answer.Fault == SourceFault.None)
                {
                    try
                    {
                        entries = await ReadAsync(call, answer);
                    }
                    catch (Exception fault) when (fault is JsonException or NgsiLdException)
                    {
                        answer = answer with { Fault = SourceFault.Invalid };
                    }
                }
                if (answer.Fault != SourceFault.None)
                {
                    DistributedRead.Warn(call, source, answer);
                    break;
                }
                foreach (var entry in entries)
                {
                    // A source has a say only in what it is registered for.
                    if (!source.Covers(entry.Id, entry.Types, out var has)) continue;
                    told.Add((source.Id, has is null ? entry : entry with { Points = [.. entry.Points.Where(p => p.Name == ChangePoints.Scope || has.Contains(p.Name))] }));
                    points += told[^1].Entry.Points.Count;
                }
                var reached = ask.Reached;
                if (answer.Status == StatusCodes.Status206PartialContent)
                {
                    if (answer.RangeEnd is not { } end) DistributedRead.WarnOfRest(call, source);
                    else
                    {
                        foreach (var rest in RestOf(request, isOne, ask, end)) open.Enqueue(new(rest, 0, null));
                        reached = reached is { } before && before < end ? before : end;
                    }
                }
                if (!isOne && entries.Count > 0 && (entries.Count >= RequestedPage.MostLimit || answer.HasNext)) open.Enqueue(new(ask.Times, ask.Offset + entries.Count, reached));
            }
            return told;
        }

        // What is told here is cut off before what the source did not tell: it has more than a page of what is asked for.
        bool IsEnough(IEnumerable<HistoryEntry> told) => request.Format != EvolutionFormat.AggregatedValues && request.Told is { Pick: null, Omit: null, Datasets: null }
            && told.SelectMany(e => e.Points).Where(p => p.Name != ChangePoints.Scope).Select(p => (p.Name, p.DatasetId, p.Point.Time)).Distinct().Count() > call.History.Page;
    }

    /// <summary>What a source is asked for next.</summary>
    /// <param name="Offset">Entities of these times that it told before.</param>
    /// <param name="Reached">How far it told of those before: what lies further is asked for of all entities anyway. Null where it told all.</param>
    private sealed record Ask(TemporalFilter? Times, int Offset, DateTimeOffset? Reached);

    /// <summary>The times a source cut off (clause 6.3.10): the last one told included, as it may have more instances.</summary>
    private static IEnumerable<TemporalFilter> RestOf(EvolutionRequest request, bool isOne, Ask ask, DateTimeOffset end)
    {
        var (from, until) = (ask.Times?.From, ask.Times?.Until);
        // The last of each are asked for of one entity alone, and told from the end on.
        if (isOne && request.Last is not null)
        {
            var last = end.AddMicroseconds(1) < until || until is null ? end.AddMicroseconds(1) : end;
            if (last > (from ?? DateTimeOffset.MinValue) && !(last >= until)) yield return new(request.Property ?? TimeProperty.ObservedAt, from, last);
            yield break;
        }
        var first = end > from || from is null ? end : end.AddMicroseconds(1);
        if (ask.Reached <= first || first >= until || first < from) yield break;
        // Where no times are asked for, instances without a time of observation lie among the others by that of change.
        foreach (var property in request.Property is { } one ? [one] : (TimeProperty[])[TimeProperty.ObservedAt, TimeProperty.ModifiedAt, TimeProperty.DeletedAt])
            if (ask.Times is null || ask.Times.Property == property) yield return new(property, first, ask.Reached ?? until);
    }

    private static async ValueTask<List<HistoryEntry>> ReadAsync(NgsiLdCall call, SourceAnswer answer)
    {
        List<HistoryEntry> entries = [];
        foreach (var one in PlainJson.Parse(answer.Body.Span).OneOrMany())
        {
            var context = one.ValueKind == JsonValueKind.Object && one.TryGetProperty("@context", out var own) ? await call.Services.Contexts.ReadAsync(call.Tenant, own, call.Cancel) : answer.Context;
            entries.Add(new EvolutionReader(context, keepsTimes: true).Read(one, call.Tenant, call.Services.Clock.GetUtcNow()));
        }
        return entries;
    }

    private static string TimesOf(TemporalFilter? times)
    {
        if (times is null) return "";
        var told = (times.From, times.Until) switch
        {
            ({ } from, { } until) => $"&timerel=between&timeAt={EntityWriter.Text(from)}&endTimeAt={EntityWriter.Text(until)}",
            ({ } from, null) => $"&timerel=after&timeAt={EntityWriter.Text(from)}",
            (_, { } until) => $"&timerel=before&timeAt={EntityWriter.Text(until)}",
            _ => "",
        };
        return times.Property == TimeProperty.ObservedAt ? told : $"{told}&timeproperty={char.ToLowerInvariant(times.Property.ToString()[0])}{times.Property.ToString().AsSpan(1)}";
    }

    /// <summary>Attributes that are told or asked for conditions; null for all.</summary>
    private static HashSet<string>? WantedOf(EvolutionRequest request, EntityQuery? query)
    {
        var told = request.Told.Attrs ?? request.Told.Pick?.Where(m => !AttributeName.IsCoreMember(m)).ToHashSet();
        // Whether an entity is told of depends on all its instances where it need not have any of those told.
        if (told is null or { Count: 0 } || request.Told.Attrs is null || query?.Scope is not null) return null;
        HashSet<string> wanted = [.. told, .. query?.Q?.Names ?? []];
        if (query?.Geo is { } geo) wanted.Add(geo.GeoProperty);
        return wanted;
    }

    /// <summary>Whether what a source tells lies within the times asked for, as far as it says (clause 5.10.2.4).</summary>
    private static bool IsInTime(ContextSourceRegistration source, EvolutionRequest request)
    {
        if (request.Times is not { } times) return true;
        var interval = times.Property == TimeProperty.ObservedAt ? source.ObservationInterval : source.ManagementInterval;
        return interval is not { } told || (!(told.Until < times.From) && !(told.From >= times.Until));
    }
}
