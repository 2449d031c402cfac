using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Michi.Platform.Migrations;

[DbContext(typeof(PlatformDb))]
[Migration("20261124_AddSecondFactor")]
internal sealed class AddSecondFactor : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>("TotpKey", "platform_accounts", nullable: true);
        migrationBuilder.AddColumn<long>("TotpStep", "platform_accounts", nullable: false, defaultValue: 0L);
        migrationBuilder.AddColumn<string>("RecoveryCodes", "platform_accounts", nullable: false, defaultValue: "");
    }
}
