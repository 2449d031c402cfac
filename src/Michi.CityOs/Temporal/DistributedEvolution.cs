using System.Text;
using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;
using Michi.CityOs.Sources;

namespace Michi.CityOs.Temporal;

/// <summary>What context sources tell of the evolution of entities, ETSI GS CIM 009, 5.7.3.4 and 5.7.4.4. Conditions are applied here, to what all hold together.</summary>
internal sealed class DistributedEvolution
{
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
        return await AskAsync(call, request, sources, wanted, 1, (source, context) => new StringBuilder($"temporal/entities/{Uri.EscapeDataString(id)}?options=sysAttrs").Append(request.Last is { } last ? $"&lastN={last}" : ""));
    }

    /// <summary>Asks for all entities that may answer a query; null where nobody is there to be asked.</summary>
    /// <param name="among">Ids of the registrations that are asked; null for all.</param>
    /// <param name="most">Entities asked of each source at most: of one page, or of so many as that takes.</param>
    public static async Task<DistributedEvolution?> FindAsync(NgsiLdCall call, EvolutionRequest request, EntityQuery query, IReadOnlySet<string>? among, int most = RequestedPage.MostLimit)
    {
        var wanted = WantedOf(request, query);
        var find = new RegistrationQuery { Selectors = query.Selectors, Attributes = wanted, SourceFilter = call.Parameter("csf") is { } filter ? QFilter.Parse(filter, call.Context) : null, IsAnyTime = true };
        var sources = await SourceSelection.OfAsync(call, s => s.All.Where(r => r.Supports(SourceOperation.QueryTemporal) && among?.Contains(r.Id) != false && IsInTime(r, request) && find.Matches(r)), isTemporal: true);
        if (sources.Count == 0) return null;
        return await AskAsync(call, request, sources, wanted, most, (source, context) =>
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

    private static async Task<DistributedEvolution> AskAsync(
        NgsiLdCall call, EvolutionRequest request, IReadOnlyList<ContextSourceRegistration> sources, IReadOnlySet<string>? wanted, int most, Func<ContextSourceRegistration, JsonLdContext, StringBuilder> pathOf)
    {
        // Auxiliary ones come last: what they tell counts where nobody else tells anything.
        var answers = await Task.WhenAll(sources.OrderBy(s => s.Mode == SourceMode.Auxiliary).Select(AskOneAsync));
        return new([.. answers.SelectMany(a => a)]);

        async Task<List<(string, HistoryEntry)>> AskOneAsync(ContextSourceRegistration source)
        {
            var context = await call.Services.Sources.Client.ContextForAsync(call, source);
            var path = pathOf(source, context);
            AddTimes(path, request);
            if (wanted is not null) path.Append("&attrs=").Append(Uri.EscapeDataString(string.Join(',', wanted.Select(context.Compact))));
            if (source.IsLocalOnly) path.Append("&local=true");
            List<(string, HistoryEntry)> told = [];
            var points = 0;
            for (var offset = 0; offset < most; offset += RequestedPage.MostLimit)
            {
                var answer = await call.Services.Sources.Client.SendAsync(call, source, new(HttpMethod.Get, offset == 0 ? path.ToString() : $"{path}&offset={offset}", context));
                if (answer.Fault == SourceFault.None)
                {
                    try
                    {
                        var page = await ReadAsync(call, answer);
                        foreach (var entry in page)
                        {
                            // A source has a say only in what it is registered for.
                            if (!source.Covers(entry.Id, entry.Types, out var has)) continue;
                            told.Add((source.Id, has is null ? entry : entry with { Points = [.. entry.Points.Where(p => p.Name == ChangePoints.Scope || has.Contains(p.Name))] }));
                            points += told[^1].Item2.Points.Count;
                        }
                        // What a source cut off nobody can make up for.
                        if (answer.Status == Microsoft.AspNetCore.Http.StatusCodes.Status206PartialContent || points > MostPoints) DistributedRead.Warn(call, source, answer with { Fault = SourceFault.Late });
                        if (page.Count < RequestedPage.MostLimit || points > MostPoints) break;
                        continue;
                    }
                    catch (Exception fault) when (fault is JsonException or NgsiLdException)
                    {
                        answer = answer with { Fault = SourceFault.Invalid };
                    }
                }
                DistributedRead.Warn(call, source, answer);
                break;
            }
            return told;
        }
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

    private static void AddTimes(StringBuilder path, EvolutionRequest request)
    {
        if (request.Times is not { } times) return;
        path.Append((times.From, times.Until) switch
        {
            ({ } from, { } until) => $"&timerel=between&timeAt={EntityWriter.Text(from)}&endTimeAt={EntityWriter.Text(until)}",
            ({ } from, null) => $"&timerel=after&timeAt={EntityWriter.Text(from)}",
            (_, { } until) => $"&timerel=before&timeAt={EntityWriter.Text(until)}",
            _ => "",
        });
        if (times.Property != TimeProperty.ObservedAt) path.Append("&timeproperty=").Append(char.ToLowerInvariant(times.Property.ToString()[0])).Append(times.Property.ToString().AsSpan(1));
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
