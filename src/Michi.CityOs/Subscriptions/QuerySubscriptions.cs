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
        var page = new RequestedPage(call, "subscriptions");
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var all = await call.Store.ListDocumentsAsync(DocumentKind.Subscription, call.Tenant, call.Cancel);
        List<Action<Utf8JsonWriter>> writers = [];
        foreach (var (id, body) in page.Of(all)) writers.Add(await RetrieveSubscription.WriterAsync(call, id, body, hasSysAttrs));
        page.Tell(all.Count, NgsiLdCall.LdJson);
        await call.WriteListAsync(type, writers, (json, write) => write(json));
    }
}
