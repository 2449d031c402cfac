using Michi.CityOs.Api;

namespace Michi.CityOs.Snapshots;

/// <summary>ETSI GS CIM 009, 5.16.3 Retrieve Snapshot Status.</summary>
internal static class RetrieveSnapshot
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("local", "via");
        NgsiLdCall.CheckId(id);
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        await AnswerAsync(call, type, await call.Services.Snapshots.FindAsync(call.Tenant, id, call.Cancel));
    }

    /// <summary>Answers with the status; queries are told in the names they came in.</summary>
    public static Task AnswerAsync(NgsiLdCall call, string type, Snapshot snapshot) => call.WriteObjectAsync(type, json =>
    {
        foreach (var (name, value) in snapshot.Told)
        {
            json.WritePropertyName(name);
            value!.WriteTo(json, PlainJson.Serializer);
        }
    });
}
