using System.CommandLine;
using Michi.CityOs;

namespace Michi;

/// <summary><c>michi serve</c>: the server for real use.</summary>
internal static class Serve
{
    public static Command Command()
    {
        var settings = new Settings();
        var command = new Command("serve", "Run the server. The first start prints a one-time link that makes the owner account.");
        settings.AddTo(command);
        command.SetAction((parsed, cancel) => Host.RunAsync(async () =>
        {
            var options = settings.Read(parsed, "michi-data");
            await using var app = Host.BuildServices(options);
            // Three parts of a start that know nothing of each other.
            var opening = app.Services.OpenCityOsAsync();
            var migrating = Task.Run(async () =>
            {
                await Host.MigrateAsync(app.Services, cancel);
                return await Host.FirstOwnerSecretAsync(app.Services, cancel);
            }, cancel);
            Host.Map(app);
            var secret = await migrating;
            await Host.StartAsync(app, options, cancel, opening);
            Console.WriteLine($"Michi listens at {Host.Address(options)}");
            if (secret is not null) Console.WriteLine($"Make the owner account, once: {Host.Address(options)}{options.Languages.Split(',')[0]}/setup?secret={secret}");
            await app.WaitForShutdownAsync(cancel);
            return 0;
        }));
        return command;
    }
}
