using System.Globalization;
using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Subscriptions;

/// <summary>ETSI GS CIM 009, 5.8.4 Query Subscriptions.</summary>
internal static class QuerySubscriptions
{
    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept("options", "limit", "offset", "count", "local", "via");
        var hasSysAttrs = RetrieveSubscription.HasSysAttrs(call);
        var limit = call.Number("limit", NgsiLdCall.UsualLimit, 0, NgsiLdCall.MostLimit);
        var offset = call.Number("offset", 0, 0, int.MaxValue);
        var hasCount = call.Flag("count");
        if (limit == 0 && !hasCount) throw NgsiLdException.BadRequestData("A limit of 0 is only for counting: add count=true.");
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var all = await call.Store.ListDocumentsAsync(DocumentKind.Subscription, call.Tenant, call.Cancel);
        List<Action<Utf8JsonWriter>> page = [];
        foreach (var (id, body) in all.Skip(offset).Take(limit)) page.Add(await RetrieveSubscription.WriterAsync(call, id, body, hasSysAttrs));
        if (hasCount) call.Http.Response.Headers["NGSILD-Results-Count"] = all.Count.ToString(CultureInfo.InvariantCulture);
        call.LinkPages("subscriptions", limit, offset, all.Count - offset > limit, NgsiLdCall.LdJson);
        await call.WriteAsync(type, json =>
        {
            json.WriteStartArray();
            foreach (var write in page)
            {
                json.WriteStartObject();
                write(json);
                if (type == NgsiLdCall.LdJson) call.WriteContext(json);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }
}
