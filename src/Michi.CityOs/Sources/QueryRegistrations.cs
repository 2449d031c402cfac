using Michi.CityOs.Api;
using Michi.CityOs.Queries;

namespace Michi.CityOs.Sources;

/// <summary>ETSI GS CIM 009, 5.10.2 Query Context Source Registrations.</summary>
internal static class QueryRegistrations
{
    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept(
            "id", "type", "idPattern", "attrs", "pick", "omit", "q", "csf", "georel", "geometry", "coordinates", "geoproperty", "geometryProperty", "timerel", "timeAt", "endTimeAt", "timeproperty", "scopeQ", "lang",
            "limit", "offset", "count", "options", "local");
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var context = call.Context;
        var hasSysAttrs = call.Representation().HasSysAttrs;
        var selector = new EntitySelector
        {
            Ids = Told("id") is { } ids ? RequestLists.Ids(ids) : null,
            IdPattern = Told("idPattern") is { } pattern ? TextPattern.Parse(pattern, "idPattern") : null,
            Types = Told("type") is { } types ? TypeSelection.Parse(types, context) : null,
        };
        var hasGeo = Told("georel") is not null || Told("geometry") is not null || Told("coordinates") is not null;
        var query = new RegistrationQuery
        {
            Selectors = selector == new EntitySelector() ? null : [selector],
            Attributes = Told("attrs") is { } attrs ? Projection.Attrs(attrs, context).Members : null,
            Q = Told("q") is { } q ? QFilter.Parse(q, context) : null,
            SourceFilter = Told("csf") is { } csf ? QFilter.Parse(csf, context) : null,
            Geo = hasGeo ? GeoFilter.Parse(Told("georel"), Told("geometry"), Told("coordinates"), Told("geoproperty"), context) : null,
            Scope = Told("scopeQ") is { } scope ? ScopeFilter.Parse(scope) : null,
            Time = Told("timerel") is not null || Told("timeAt") is not null ? TemporalFilter.Parse(Told("timerel"), Told("timeAt"), Told("endTimeAt"), Told("timeproperty")) : null,
        };
        if (query with { Time = null } == new RegistrationQuery())
            throw NgsiLdException.BadRequestData("The query is too wide: name at least one of id, idPattern, type, attrs, q, csf, georel, scopeQ.");
        var page = new RequestedPage(call, "csourceRegistrations") { KeepsOrder = true };
        var now = call.Services.Clock.GetUtcNow();
        var found = (await call.Services.Sources.OfAsync(call.Tenant, call.Cancel)).All.Where(r => !(r.ExpiresAt <= now) && query.Matches(r)).ToList();
        page.Tell(found.Count, NgsiLdCall.LdJson);
        await call.WriteAsync(type, json =>
        {
            json.WriteStartArray();
            foreach (var registration in page.Of(found))
                registration.Write(json, context, hasSysAttrs, call.Services.Sources.FindState(call.Tenant, registration.Id), type == NgsiLdCall.LdJson ? call.WriteContext : null);
            json.WriteEndArray();
        });

        // An empty parameter is taken as one that is not there.
        string? Told(string name) => call.Request.Query[name] is { Count: 1 } values && string.IsNullOrEmpty(values[0]) ? null : call.Parameter(name);
    }
}
