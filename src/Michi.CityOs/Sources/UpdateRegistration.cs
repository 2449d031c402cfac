using System.Text.Json.Nodes;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Sources;

/// <summary>ETSI GS CIM 009, 5.9.3 Update Context Source Registration.</summary>
internal static class UpdateRegistration
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept();
        NgsiLdCall.CheckId(id);
        var body = await call.ReadBodyAsync();
        var now = call.Services.Clock.GetUtcNow();
        var fragment = RegistrationDocument.Read(body, call.Context, isFragment: true, now);
        if (fragment["id"] is { } told && told.GetValue<string>() != id) throw NgsiLdException.BadRequestData("The id of the body is not that of the path.");
        var (current, _) = await RetrieveRegistration.FindAsync(call, id);
        // What a change of these would take away has to be looked at; other changes take nothing.
        if (fragment.ContainsKey("information") || fragment.ContainsKey("mode")) await CreateRegistration.CheckConflictsAsync(call, RegistrationDocument.Check(Merge(current, fragment, now)));
        await call.Services.Sources.WriteAsync(
            call.Tenant,
            id,
            there =>
            {
                var merged = Merge(there ?? throw NgsiLdException.ResourceNotFound(id), fragment, now);
                RegistrationDocument.Check(merged);
                return CreateRegistration.Bytes(merged);
            },
            call.Cancel);
        await call.DoneAsync();
    }

    private static JsonObject Merge(byte[] current, JsonObject fragment, DateTimeOffset now)
    {
        var merged = JsonNode.Parse(current)!.AsObject();
        foreach (var (name, value) in fragment)
        {
            if (value is null) merged.Remove(name);
            else merged[name] = value.DeepClone();
        }
        merged["modifiedAt"] = EntityWriter.Text(now);
        return merged;
    }
}
